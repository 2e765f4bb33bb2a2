import { KinitError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import type { ClusterFacts } from './cluster-info.ts';
import { type NodeSigner, type NodeSignerSettings, nodeSigner } from './node-signer.ts';
import { signingAuthority } from './signing-authority.ts';

/** A signer with the CA on a control-plane host; undefined where it is not the cluster's, or its key is kept elsewhere. */
export async function controlPlaneSigner(
  host: Host,
  { cluster, release }: ClusterFacts,
  caPem: string,
  settings: Omit<NodeSignerSettings, 'authority' | 'release'>,
): Promise<NodeSigner | undefined> {
  const base = `${cluster.certificatesDir}/ca`;
  try {
    const { signer } = signingAuthority(base, await host.read([`${base}.crt`, `${base}.key`]), host);
    if (signer === undefined || !caPem.includes(signer.certificate.trim())) return undefined;
    return nodeSigner({ ...settings, authority: signer, release });
  } catch (error) {
    if (error instanceof KinitError) return undefined;
    throw error;
  }
}
