import { exitCodes } from '../errors.ts';
import { quote } from '../host/shell/quote.ts';
import type { Words } from '../messages/language.ts';
import { oneLine } from '../printable.ts';
import type { UpOutcome, UpResult } from '../workflows/cluster/up/up-input.ts';
import { duration } from './host-board.ts';
import { type OutcomeRow, outcomeTable } from './outcome-table.ts';

export interface UpTold {
  /** The user's file. */
  readonly file: string;
  readonly hasNetwork: boolean;
  /** Milliseconds of the whole run. */
  readonly ms: number;
  /** Columns of the terminal; undefined where there is none. */
  readonly width?: number | undefined;
  /** The language of who reads; none is English. */
  readonly words?: Words | undefined;
}

/** How `up` ends: what became of each host, what the nodes lack, and what to do next. */
export function upText(result: UpResult, told: UpTold): string {
  const isUp = result.outcomes[0]?.error === undefined;
  return [
    outcomeTable(['RESULT', 'CHANGES', 'TIME'], result.outcomes.map(row), told.width, told.words),
    summary(result.outcomes, told.ms),
    ...unready(result, told),
    ...strangers(result, told.file),
    ...(isUp ? [`To use the cluster from here: kinit kubeconfig fetch --config ${told.file} --merge\n`] : []),
  ].join('\n');
}

/** The same for a machine; each host's changes are counted. */
export function upObject({ outcomes, unready, strangers, server }: UpResult): object {
  return {
    server,
    hosts: outcomes.map(({ host, result, changed, error, ms }) => ({
      host,
      result,
      changes: changed.length,
      ms,
      ...(error === undefined ? {} : { reason: error.message, hint: error.hint }),
    })),
    notReady: Object.fromEntries(unready),
    notInFile: strangers,
  };
}

function row({ host, result, changed, error, ms }: UpOutcome): OutcomeRow {
  const count = changed.length === 0 ? '' : String(changed.length);
  return { host, cells: [result, count, ms === 0 ? '' : duration(ms)], error };
}

function summary(outcomes: readonly UpOutcome[], ms: number): string {
  const failed = outcomes.filter(({ error }) => error !== undefined).length;
  const rest = failed === 0 ? 'all as the file says' : `${failed} not as the file says`;
  const goesOn = outcomes.some(({ error }) => error !== undefined && error.exitCode !== exitCodes.interrupted);
  const next = goesOn ? ' What is done stays done: the same command goes on from here.' : '';
  return `${outcomes.length} host${outcomes.length === 1 ? '' : 's'}, ${rest}, in ${duration(ms)}.${next}\n`;
}

function unready({ unready: nodes }: UpResult, { hasNetwork, file }: UpTold): readonly string[] {
  if (nodes.size === 0) return [];
  const names = oneLine([...nodes.keys()].join(', '));
  const reasons = [...new Set(nodes.values())].filter(Boolean).map((reason) => `  ${oneLine(reason)}`);
  if (hasNetwork) return [[`Not Ready: ${names}`, ...reasons, ''].join('\n')];
  return [
    [
      `Not Ready: ${names}. The cluster has no pod network: network.plugin is none in ${file}.`,
      'Install one, and the nodes become Ready by themselves:',
      '  kubectl apply -f NETWORK.yaml',
      `or write \`network: {plugin: flannel}\` into ${file} and run the same command again.`,
      '',
    ].join('\n'),
  ];
}

/** Nodes of the cluster that the file does not have, and what becomes of them. */
export function strangersText(result: Pick<UpResult, 'strangers' | 'leaving'>, file: string): string {
  return strangers(result, file).join('');
}

function strangers(
  { strangers: names, leaving }: Pick<UpResult, 'strangers' | 'leaving'>,
  file: string,
): readonly string[] {
  return names.map((name) => {
    const node = `Node ${oneLine(name)} is in the cluster and not in ${file}`;
    return leaving.includes(name)
      ? `${node}: its pods are evicted, it leaves the cluster (a control plane etcd before), and Kubernetes goes from its host.\n`
      : `${node}: kinit node remove ${quote(oneLine(name))} takes it out, kinit up --prune all such nodes.\n`;
  });
}
