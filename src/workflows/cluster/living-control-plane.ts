import { KinitError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { KubeClient } from '../../kube/client.ts';
import { administratorClient } from '../host-clients.ts';
import { localControlPlane } from '../node/local-control-plane.ts';

/** A control plane that answers, and the cluster as its own API server serves it. */
export interface LivingControlPlane {
  readonly host: Host;
  readonly kube: KubeClient;
}

/** Milliseconds in which an API server has to answer. Who is then worked with has the patience of all clients. */
const usualPatience = 8000;

/**
 * The first of the control planes to answer; undefined where none does. All are asked at once, as soon as each is there: one
 * that is dead, frozen or still being dialled holds up nobody.
 */
export async function livingControlPlane(
  hosts: readonly Promise<Host | undefined>[],
  patience = usualPatience,
): Promise<LivingControlPlane | undefined> {
  const asked = hosts.map(async (opening) => {
    const host = await opening;
    return host === undefined ? Promise.reject() : livingOn(host, patience);
  });
  const first = await Promise.any(asked).catch((): undefined => undefined);
  const unneeded = ({ kube }: LivingControlPlane) => kube !== first?.kube && kube.close();
  for (const one of asked) one.then(unneeded, () => {});
  return first;
}

async function livingOn(host: Host, patience: number): Promise<LivingControlPlane> {
  const local = await localControlPlane(host);
  const over = new AbortController();
  const timer = setTimeout(
    () => over.abort(new KinitError('its API server does not answer', { host: host.name })),
    patience,
  );
  try {
    const asking = { signal: over.signal, retryForMs: patience };
    return { host, kube: await administratorClient(host, local?.endpoint, asking) };
  } finally {
    clearTimeout(timer);
  }
}
