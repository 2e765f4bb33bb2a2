import type { JoinConfig } from '../../config/types.ts';
import type { Observed } from '../../execute/observed.ts';
import { argumentValue } from '../../manifests/arguments.ts';
import { kubeletClientCurrent, kubeletConf } from '../../release/paths.ts';

/** Where this node's kubelet keeps its certificate. */
export function kubeletCertificate({ nodeRegistration }: JoinConfig): string {
  const directory = argumentValue(nodeRegistration.kubeletExtraArgs, 'cert-dir');
  return directory === undefined ? kubeletClientCurrent : `${directory}/kubelet-client-current.pem`;
}

/**
 * Whether the kubelet has a certificate of its own: in its kubeconfig, or in the file that this one names. The kubeconfig
 * alone is not enough: a kubelet that rotates its certificate writes that at once and bootstraps in the background, as
 * nobody; started again it takes the bootstrap credentials once more.
 */
export function hasCertificate(config: JoinConfig, { kubeconfigs, paths }: Observed): boolean {
  const there = kubeconfigs.get(kubeletConf);
  return (
    there !== undefined && (!there.rotates || (paths.get(kubeletCertificate(config))?.type ?? 'absent') !== 'absent')
  );
}
