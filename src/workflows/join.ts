import type { KinitError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { type JoinedHost, type JoinInput, joinHost } from './join-host.ts';
import { asKinitError, inParallel } from './many-hosts.ts';

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
  return inParallel(hosts, parallel, (host) => joinOne(host, input));
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

/** What became of a host that could not even be reached. */
export function failedOutcome(error: KinitError): HostOutcome {
  return { host: error.host ?? 'unknown', node: undefined, result: 'failed', error };
}
