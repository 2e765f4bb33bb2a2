import { KinitError } from '../../errors.ts';
import type { Decided } from '../../execute/decided.ts';
import { doneBefore } from '../../execute/done.ts';
import { throwIfInterrupted } from '../../execute/interrupted.ts';
import type { Host } from '../../host/host.ts';
import { withLock } from '../../host/lock/lock.ts';
import { overlayHost } from '../../host/overlay.ts';
import { slots } from '../../host/slots.ts';
import { overlayKubeClient } from '../../kube/overlay-client.ts';
import { type JoinedHost, type JoinInput, joinHost } from '../node/join-host.ts';
import { asKinitError, type HostOutcome } from './many-hosts.ts';

export interface JoinOutcome extends HostOutcome<'joined' | 'already joined' | 'failed'> {
  readonly node: string | undefined;
  /** What was done, or would be. */
  readonly changed: readonly Decided[];
}

/**
 * Joins many hosts, each as soon as it is open and at most `parallel` at a time: one that fails or hangs neither stops nor
 * slows the others. Never throws for a host; its outcome tells.
 */
export async function joinHosts(
  opening: readonly (Host | Promise<Host | KinitError>)[],
  input: JoinInput,
  parallel: number,
): Promise<readonly JoinOutcome[]> {
  const turn = slots(parallel);
  return Promise.all(
    opening.map(async (one) => {
      const host = await one;
      if (!(host instanceof KinitError)) return turn(() => joinOne(host, input));
      input.run.reporter.report({ type: 'host', host: host.host ?? '', state: 'failed', reason: host.message });
      return { host: host.host ?? 'unknown', node: undefined, result: 'failed', error: host, changed: [] };
    }),
  );
}

async function joinOne(host: Host, input: JoinInput): Promise<JoinOutcome> {
  const tell = (state: 'start' | 'done' | 'failed', reason?: string) =>
    input.run.reporter.report({ type: 'host', host: host.name, state, ...(reason === undefined ? {} : { reason }) });
  tell('start');
  try {
    const joined = await joinAlone(host, input);
    tell('done', `node ${joined.node} ${verb(joined)}`);
    return { host: host.name, result: verb(joined), error: undefined, ...joined };
  } catch (error) {
    const failure = asKinitError(error, host.name);
    tell('failed', failure.message);
    return { host: host.name, node: undefined, result: 'failed', error: failure, changed: doneBefore(error) };
  }
}

/** Joins one host while nobody else changes it; a rehearsal changes nothing and needs no lock. Throws KinitError. */
export async function joinAlone(host: Host, input: JoinInput): Promise<JoinedHost> {
  throwIfInterrupted(input.run.signal, host.name);
  if (!input.run.rehearsal) return withLock(host, 'kinit join', () => joinHost(host, input));
  const kube = overlayKubeClient(await input.kube());
  const untouched = overlayHost({ name: host.name, base: host });
  return joinHost(untouched, { ...input, kube: async () => kube, waitReady: 0 });
}

function verb({ changed }: JoinedHost): 'joined' | 'already joined' {
  return changed.length > 0 ? 'joined' : 'already joined';
}
