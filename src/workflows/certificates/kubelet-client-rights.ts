import type { KubeClient } from '../../kube/client.ts';
import { KubeError } from '../../kube/error.ts';
import { kubeletClientBinding } from '../../manifests/bootstrap-token.ts';
import type { Release } from '../../release/release.ts';

/**
 * Makes the binding by which the API server reaches kubelets where its certificate for that (apiserver-kubelet-client)
 * carries no organization; does nothing elsewhere. init makes it among the rights of joining nodes; whoever makes such a
 * certificate in a cluster of older days makes it too, or `kubectl logs` and `exec` are Forbidden from the API
 * server's next start (kubernetes/kubeadm#3310). Throws KinitError.
 */
export async function grantKubeletClient(open: () => Promise<KubeClient>, release: Release): Promise<void> {
  const binding = kubeletClientBinding(release);
  if (binding === undefined) return;
  const client = await open();
  try {
    await client.create(binding);
  } catch (error) {
    if (!(error instanceof KubeError) || error.status !== 409) throw error;
  } finally {
    client.close();
  }
}
