import type { ClusterConfiguration } from '../../config/types.ts';
import { KinitError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { Signer } from '../../pki/certificate.ts';
import type { ClusterFacts } from '../cluster/cluster-info.ts';
import { type NodeSigner, type NodeSignerSettings, nodeSigner } from './node-signer.ts';
import { signingAuthority } from './signing-authority.ts';

/**
 * A signer with the CA on a control-plane host, whose key is read when a node is expected and stays in memory. It leaves
 * all to the controller manager where that one is told how to sign, where the CA is not the cluster's, and where its key
 * is kept elsewhere.
 */
export function controlPlaneSigner(
  host: Host,
  { cluster, release }: ClusterFacts,
  caPem: string,
  settings: Omit<NodeSignerSettings, 'authority' | 'release'>,
): NodeSigner | undefined {
  if (signsAsTold(cluster)) return undefined;
  return nodeSigner({ ...settings, authority: () => authorityOn(host, cluster, caPem), release });
}

/** Another CA or another validity: `cluster-signing-duration`, before v1.19 `experimental-cluster-signing-duration`. */
function signsAsTold({ controllerManager }: ClusterConfiguration): boolean {
  return controllerManager.extraArgs.some(({ name }) => /^(?:experimental-)?cluster-signing-/.test(name));
}

async function authorityOn(host: Host, cluster: ClusterConfiguration, caPem: string): Promise<Signer | undefined> {
  const base = `${cluster.certificatesDir}/ca`;
  try {
    const { signer } = signingAuthority(base, await host.read([`${base}.crt`, `${base}.key`]), host);
    return signer !== undefined && caPem.includes(signer.certificate.trim()) ? signer : undefined;
  } catch (error) {
    if (error instanceof KinitError) return undefined;
    throw error;
  }
}
