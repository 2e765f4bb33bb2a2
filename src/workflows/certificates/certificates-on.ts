import type { Host } from '../../host/host.ts';
import type { ExpirationInfo } from '../../pki/expiration.ts';
import { kubernetesDirectory } from '../../release/paths.ts';
import { localControlPlane } from '../node/local-control-plane.ts';
import { kubeletEnds, seenKubelet } from './everywhere/kubelet-on-host.ts';
import { expiration } from './expiration.ts';

/** When the certificates of a machine end. */
export interface NodeCertificates {
  readonly node: string;
  readonly info: ExpirationInfo;
}

/** Those of a machine's control plane and of its kubelet. None where it is not reached, or they cannot be read. */
export async function certificatesOn(
  node: string,
  role: 'control-plane' | 'worker',
  host: Host | undefined,
): Promise<readonly NodeCertificates[]> {
  if (host === undefined) return [];
  const [own, kubelet] = await Promise.all([
    role === 'control-plane' ? controlPlaneEnds(host).catch(() => undefined) : undefined,
    seenKubelet(host).catch(() => undefined),
  ]);
  const ofKubelet = kubelet === undefined ? [] : kubeletEnds(kubelet);
  if (own === undefined && ofKubelet.length === 0) return [];
  const info = { certificates: [...(own?.certificates ?? []), ...ofKubelet], authorities: own?.authorities ?? [] };
  return [{ node, info }];
}

async function controlPlaneEnds(host: Host): Promise<ExpirationInfo | undefined> {
  const local = await localControlPlane(host);
  return local === undefined ? undefined : expiration(host, local, kubernetesDirectory);
}
