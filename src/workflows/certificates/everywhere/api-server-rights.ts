import { KinitError } from '../../../errors.ts';
import { type Run, warner } from '../../../execute/run.ts';
import type { KubeClient } from '../../../kube/client.ts';
import type { Release } from '../../../release/release.ts';
import { grantKubeletClient } from '../kubelet-client-rights.ts';

/** The rights of the API server at kubelets, before it shows a certificate that has none by itself; a warning where they cannot be given. */
export async function grantApiServers(open: () => Promise<KubeClient>, release: Release, run: Run): Promise<void> {
  try {
    await grantKubeletClient(open, release);
  } catch (error) {
    if (!(error instanceof KinitError)) throw error;
    warner(run)(
      `the ClusterRoleBinding kubeadm:apiserver-kubelet-client, by which the API server reaches kubelets, could not be made: ${error.message}; without it kubectl logs and exec are Forbidden: run kinit certs renew apiserver-kubelet-client on a control plane`,
    );
  }
}
