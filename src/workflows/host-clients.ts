import { hostPort } from '../config/network.ts';
import type { LocalAPIEndpoint } from '../config/types.ts';
import { KinitError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import type { KubeClient } from '../kube/client.ts';
import type { KubeconfigClientSettings } from '../kube/kubeconfig-client.ts';
import { lastingClient } from '../kube/lasting-client.ts';
import { adminConf, superAdminConf } from '../phases/paths.ts';

/** Clients of the API server on a control-plane host, with the kubeconfigs that lie there. */
export interface HostClients {
  readonly kube: (as?: 'super-admin') => Promise<KubeClient>;
  close(): void;
}

/**
 * Opens each client once, at its first use, through the host: its API server needs no port that is open to us. As kubeadm
 * does, they talk to the host's own API server, whatever balancer the kubeconfig names. `rehearsal` stands in for all.
 */
export function hostClients(
  host: Host,
  endpoint: LocalAPIEndpoint | undefined,
  rehearsal?: KubeClient,
  admin: string = adminConf,
): HostClients {
  const administrator = lastingClient(() => clientFrom(host, admin, endpoint));
  const superAdministrator = lastingClient(() => clientFrom(host, superAdminConf, endpoint));
  return {
    kube: async (as) => rehearsal ?? (as === 'super-admin' ? superAdministrator : administrator).client(),
    close() {
      administrator.close();
      superAdministrator.close();
    },
  };
}

/** A client from a kubeconfig on the host, talking through it. Throws KinitError where there is none. */
export async function clientFrom(
  host: Host,
  path: string,
  endpoint?: LocalAPIEndpoint,
  settings: Pick<KubeconfigClientSettings, 'retryForMs'> = {},
): Promise<KubeClient> {
  const { kubeconfigClient } = await import('../kube/kubeconfig-client.ts');
  const { readKubeconfig } = await import('../pki/kubeconfig.ts');
  const content = (await host.read([path])).get(path);
  if (content === undefined) {
    throw new KinitError(`${path} is missing, so the cluster cannot be asked`, {
      host: host.name,
      hint: 'run this on a control-plane node, or give --kubeconfig',
    });
  }
  const kubeconfig = readKubeconfig(content.toString('utf8'), path);
  const server = endpoint ? `https://${hostPort(endpoint.advertiseAddress, endpoint.bindPort)}` : kubeconfig.server;
  return kubeconfigClient({ ...kubeconfig, server }, (target) => host.connect(target), {
    ...settings,
    readFile: async (name) => (await host.read([name])).get(name)?.toString('utf8') ?? '',
  });
}
