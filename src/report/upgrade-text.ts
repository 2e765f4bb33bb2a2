import type { Words } from '../messages/language.ts';
import type { UpgradeOutcome, UpgradeResult } from '../workflows/cluster/upgrade/upgrade-input.ts';
import { hopText } from './hop-text.ts';
import { duration } from './host-board.ts';
import { table } from './host-table.ts';
import { outcomeTable } from './outcome-table.ts';

/** The way that an upgrade goes, hop by hop, and what it would break. */
export function walkText({ from, hops, risks }: Pick<UpgradeResult, 'from' | 'hops' | 'risks'>, file: string): string {
  if (hops.length === 0) return `The cluster has ${from} everywhere: nothing to do.\n`;
  const rows = hops.map((hop, at) => [`${at + 1}`, hops[at - 1]?.to.text ?? from, hop.to.text, hopText(hop)]);
  const drained = new Set(hops.flatMap(({ kubelets }) => kubelets)).size;
  const drains = hops.reduce((sum, { kubelets }) => sum + kubelets.length, 0);
  return [
    table(['HOP', 'FROM', 'TO', 'WHAT'], rows),
    `${drained} node${drained === 1 ? '' : 's'} drained, ${drains} time${drains === 1 ? '' : 's'} in all. Control planes go one at a time.\n`,
    ...risksText(risks),
    risks.errors.length > 0
      ? `Mend what is marked ERROR first; \`--ignore-preflight-errors NAME\` takes a risk.\n`
      : `\`kinit upgrade --config ${file}\` does it.\n`,
  ].join('\n');
}

function risksText({ errors, warnings }: UpgradeResult['risks']): readonly string[] {
  const all = [...errors, ...warnings];
  if (all.length === 0) return [];
  const rows = all.map(({ severity, name, message, mend = '' }) => [severity.toUpperCase(), name, message, mend]);
  return [table(['RISK', 'NAME', 'WHAT', 'TO MEND IT'], rows)];
}

/** How an upgrade ended. */
export function upgradeText(result: UpgradeResult, ms: number, width?: number, words?: Words): string {
  const { from, hops, outcomes, snapshot } = result;
  const to = hops.at(-1)?.to.text ?? from;
  if (hops.length === 0) return `The cluster has ${from} everywhere: nothing to do.\n`;
  const failed = outcomes.filter(({ error }) => error !== undefined);
  const end =
    failed.length === 0
      ? `The cluster has ${to}, ${from} before, in ${duration(ms)}.\n`
      : `The cluster is on its way from ${from} to ${to}, after ${duration(ms)}. What is done stays done: the same command goes on from here.\n`;
  return [
    outcomeTable(['PART', 'TO', 'RESULT', 'TIME'], outcomes.map(row), width, words),
    ...(snapshot === undefined ? [] : [`etcd as it was before: ${snapshot}\n`]),
    end,
  ].join('\n');
}

function row({ host, part, to, result, ms, error }: UpgradeOutcome) {
  return { host, cells: [part, to, result, ms === 0 ? '' : duration(ms)], error };
}

/** The same for a machine. */
export function upgradeObject({ from, hops, risks, outcomes, snapshot }: UpgradeResult): object {
  return {
    from,
    hops: hops.map(({ to, etcdTag, controlPlanes, kubelets }) => ({ to: to.text, etcdTag, controlPlanes, kubelets })),
    risks: [...risks.errors, ...risks.warnings],
    snapshot,
    nodes: outcomes.map(nodeObject),
  };
}

/** What became of a node, for a machine. */
export function nodeObject({ host, part, to, result, changed, ms, error }: UpgradeOutcome): object {
  const why = error === undefined ? {} : { reason: error.message, hint: error.hint };
  return { host, part, to, result, changes: changed.length, ms, ...why };
}
