import type { Decided } from '../../execute/decided.ts';
import { throwIfInterrupted } from '../../execute/interrupted.ts';
import type { Host } from '../../host/host.ts';
import { withLock } from '../../host/lock/lock.ts';
import { overlayHost } from '../../host/overlay.ts';
import type { KubeClient } from '../../kube/client.ts';
import { KubeError } from '../../kube/error.ts';
import { overlayKubeClient } from '../../kube/overlay-client.ts';
import { asClients } from '../host-clients.ts';
import type { HostOutcome } from '../host-outcome.ts';
import { joinControlPlane } from '../node/control-plane/join.ts';
import { type JoinedHost, type JoinInput, joinHost } from '../node/join-host.ts';
import type { HostEnd, Place } from '../over-hosts.ts';

export interface JoinOutcome extends HostOutcome<'joined' | 'already joined' | 'failed'> {
  readonly node: string | undefined;
  /** What was done, or would be. */
  readonly changed: readonly Decided[];
}

/** What became of a host that was to join. */
export function joinOutcome({ host, error, ...end }: HostEnd<Place, JoinedHost>): JoinOutcome {
  if (end.how === 'done') return { host, result: verb(end.done), error: undefined, ...end.done };
  return { host, node: undefined, result: 'failed', error, changed: end.before };
}

/** Joins one host while nobody else changes it; a rehearsal changes nothing and needs no lock. Throws KinitError. */
export async function joinAlone(host: Host, input: JoinInput): Promise<JoinedHost> {
  throwIfInterrupted(input.run.signal, host.name);
  if (!input.run.rehearsal) return withLock(host, 'kinit join', () => joinAs(host, input));
  const kube = overlayKubeClient(visible(await input.kube()));
  const untouched = overlayHost({ name: host.name, base: host });
  const { controlPlanes } = input;
  return joinAs(untouched, {
    ...input,
    kube: async () => kube,
    waitReady: 0,
    ...(controlPlanes && { controlPlanes: { ...controlPlanes, administrator: () => asClients(kube) } }),
  });
}

/** Before it joins a node may not see everything: for a rehearsal that is not there. */
function visible(kube: KubeClient): KubeClient {
  return {
    ...kube,
    get: (ref) =>
      kube.get(ref).catch((error: unknown) => {
        if (!(error instanceof KubeError) || error.status !== 403) throw error;
        return undefined;
      }),
  };
}

function joinAs(host: Host, input: JoinInput): Promise<JoinedHost> {
  const { controlPlanes } = input;
  return controlPlanes ? joinControlPlane(host, { ...input, controlPlanes }) : joinHost(host, input);
}

/** In a few words. */
export function joinText(joined: JoinedHost): string {
  return `node ${joined.node} ${verb(joined)}`;
}

function verb({ changed }: JoinedHost): 'joined' | 'already joined' {
  return changed.length > 0 ? 'joined' : 'already joined';
}
