import { KinitError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import { kubernetesDirectory } from '../../release/paths.ts';
import type { Io } from '../io.ts';
import { type CertificateFlags, type CertificateSettings, ownEndpoint } from './settings.ts';

/**
 * The API server's rights at kubelets, around the renewal of its certificate for them: granted before, with admin.conf as it
 * is; where the cluster does not take that one any more, after, with the renewed one; where that fails too, a warning says
 * what to do.
 */
export function kubeletClientRights(
  host: Host,
  wanted: readonly { readonly name: string }[],
  { release }: CertificateSettings,
  flags: CertificateFlags,
  io: Io,
) {
  const isWanted = wanted.some(({ name }) => name === 'apiserver-kubelet-client');
  let failure: KinitError | undefined;
  const grant = async () => {
    const { grantKubeletClient } = await import('../../workflows/certificates/kubelet-client-rights.ts');
    const { administratorClient, ownFirst } = await import('../../workflows/host-clients.ts');
    const directory = flags.kubeconfigDir ?? kubernetesDirectory;
    const admin = flags.kubeconfig ?? `${directory}/admin.conf`;
    const superAdmin = `${directory}/super-admin.conf`;
    const patience = { timeoutMs: 5000, retryForMs: 0 };
    const own = await ownEndpoint(host, flags);
    const open = (endpoint: typeof own) => administratorClient(host, endpoint, { admin, superAdmin, ...patience });
    await grantKubeletClient(() => ownFirst(own, open), release);
  };
  return {
    async before(): Promise<void> {
      if (isWanted) failure = await grant().then(() => undefined, expected);
    },
    async after(): Promise<void> {
      const isRefused = failure !== undefined && 'status' in failure;
      if (isRefused) failure = await grant().then(() => undefined, expected);
      if (failure !== undefined) io.stderr.write(`[renew] WARNING: ${warning} ${failure.message}\n${hint}\n`);
    },
  };
}

function expected(error: unknown): KinitError {
  if (error instanceof KinitError) return error;
  throw error;
}

const warning =
  'apiserver-kubelet-client carries no organization, and the ClusterRoleBinding kubeadm:apiserver-kubelet-client, by which the API server reaches kubelets then, could not be made:';
const hint =
  'When the API server answers, run `kinit certs renew apiserver-kubelet-client` again; without the binding `kubectl logs` and `kubectl exec` are Forbidden.';
