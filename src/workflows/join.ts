import { exitCodes, KinitError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { type JoinedHost, type JoinInput, joinHost } from './join-host.ts';

export interface HostOutcome {
  readonly host: string;
  readonly node: string | undefined;
  readonly result: 'joined' | 'already joined' | 'failed';
  readonly error: KinitError | undefined;
}

/**
 * Joins many hosts, `parallel` at a time, each on its own: one that fails or hangs neither stops nor slows the others.
 * Never throws for a host; its outcome tells.
 */
export async function joinHosts(
  hosts: readonly Host[],
  input: JoinInput,
  parallel: number,
): Promise<readonly HostOutcome[]> {
  const queue = hosts.map((host, index) => ({ host, index }));
  const outcomes: HostOutcome[] = [];
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift())
      outcomes[next.index] = await joinOne(next.host, input);
  };
  await Promise.all(Array.from({ length: Math.min(parallel, hosts.length) }, work));
  return outcomes;
}

async function joinOne(host: Host, input: JoinInput): Promise<HostOutcome> {
  const tell = (state: 'start' | 'done' | 'failed', reason?: string) =>
    input.reporter.report({ type: 'host', host: host.name, state, ...(reason === undefined ? {} : { reason }) });
  tell('start');
  try {
    const joined = await joinHost(host, input);
    tell('done', `node ${joined.node} ${verb(joined)}`);
    return { host: host.name, node: joined.node, result: verb(joined), error: undefined };
  } catch (error) {
    const failure = asKinitError(error, host.name);
    tell('failed', failure.message);
    return { host: host.name, node: undefined, result: 'failed', error: failure };
  }
}

function verb({ changed }: JoinedHost): 'joined' | 'already joined' {
  return changed.length > 0 ? 'joined' : 'already joined';
}

/** A failure of one host must not end the others; a bug of ours is told as such beside its host. */
function asKinitError(error: unknown, host: string): KinitError {
  if (error instanceof KinitError) return error;
  return new KinitError(`a bug in kinit: ${error instanceof Error ? error.message : String(error)}`, {
    host,
    exitCode: exitCodes.bug,
    cause: error,
  });
}

/** The exit code for what became of many hosts: all, some or none of them. */
export function exitCodeOf(outcomes: readonly HostOutcome[]): number {
  const failed = outcomes.filter(({ result }) => result === 'failed');
  if (failed.length === 0) return exitCodes.done;
  if (failed.length < outcomes.length) return exitCodes.someHostsFailed;
  const codes = new Set(failed.map(({ error }) => error?.exitCode ?? exitCodes.phaseFailed));
  return codes.size === 1 ? ([...codes][0] ?? exitCodes.phaseFailed) : exitCodes.phaseFailed;
}

/** What became of a host that could not even be reached. */
export function failedOutcome(error: KinitError): HostOutcome {
  return { host: error.host ?? 'unknown', node: undefined, result: 'failed', error };
}
