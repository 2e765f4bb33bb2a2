import { hostPort } from '../config/network.ts';
import type { LocalAPIEndpoint } from '../config/types.ts';
import { KinitError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import type { KubeClient } from '../kube/client.ts';
import { KubeError } from '../kube/error.ts';
import type { KubeconfigClientSettings } from '../kube/kubeconfig-client.ts';
import { lastingClient } from '../kube/lasting-client.ts';
import { adminConf, superAdminConf } from '../release/paths.ts';

/** Clients of the API server on a control-plane host, with the kubeconfigs that lie there. */
export interface HostClients {
  readonly kube: (as?: 'super-admin') => Promise<KubeClient>;
  close(): void;
}

/**
 * Opens each client once, at its first use, through the host: its API server needs no port that is open to us. As kubeadm
 * does, they talk to the host's own API server, whatever balancer the kubeconfig names.
 */
export function hostClients(
  host: Host,
  endpoint: LocalAPIEndpoint | undefined,
  admin: string = adminConf,
  patience: Patience = {},
): HostClients {
  const administrator = lastingClient(() => clientFrom(host, admin, endpoint, patience));
  const superAdministrator = lastingClient(() => clientFrom(host, superAdminConf, endpoint, patience));
  return {
    kube: (as) => (as === 'super-admin' ? superAdministrator : administrator).client(),
    close() {
      administrator.close();
      superAdministrator.close();
    },
  };
}

/** Clients that stay open for others: only closed by who has opened them. */
export function lent({ kube }: HostClients): HostClients {
  return { kube, close() {} };
}

/** A client that somebody else closes, with the rights of all: a rehearsal's. */
export function asClients(kube: KubeClient): HostClients {
  return { kube: async () => kube, close() {} };
}

type Patience = Pick<KubeconfigClientSettings, 'retryForMs' | 'timeoutMs' | 'signal'>;

/** Of a walk that begins API servers anew itself: one that has just come up may leave requests without an answer for a while. */
export const throughRestarts: Patience = { retryForMs: 120_000 };

/** How long the cluster is waited for, and where its administrators' kubeconfigs lie where that is not kubeadm's place. */
interface AdministratorSettings extends Patience {
  readonly admin?: string;
  readonly superAdmin?: string;
}

/** A client from a kubeconfig on the host, talking through it; `known` files were read before. Throws KinitError where there is none. */
export async function clientFrom(
  host: Host,
  path: string,
  endpoint?: LocalAPIEndpoint,
  { known = new Map(), ...settings }: Patience & { readonly known?: ReadonlyMap<string, Buffer> } = {},
): Promise<KubeClient> {
  const { kubeconfigClient } = await import('../kube/kubeconfig-client.ts');
  const { hostKubeconfig } = await import('./host-kubeconfig.ts');
  const content = known.get(path) ?? (await host.read([path])).get(path);
  if (content === undefined) throw missing(path, host);
  const kubeconfig = await hostKubeconfig(host, path, content.toString('utf8'), known);
  const server = endpoint ? `https://${hostPort(endpoint.advertiseAddress, endpoint.bindPort)}` : kubeconfig.server;
  return kubeconfigClient({ ...kubeconfig, server }, (target) => host.connect(target), settings);
}

/**
 * Asks the own API server of a control plane, which needs none of the others, and where that does not answer whatever its
 * kubeconfig leads to. Throws what the last one says.
 */
export async function ownFirst<T>(
  own: LocalAPIEndpoint | undefined,
  ask: (endpoint: LocalAPIEndpoint | undefined) => Promise<T>,
): Promise<T> {
  if (own === undefined) return ask(undefined);
  try {
    return await ask(own);
  } catch (error) {
    const isAnswer = error instanceof KubeError && error.status >= 400 && error.status < 500;
    if (isAnswer || !(error instanceof KinitError)) throw error;
    return ask(undefined);
  }
}

function missing(path: string, { name: host }: Host): KinitError {
  if (!path.endsWith('/super-admin.conf')) {
    const hint = 'run this on a control-plane node, or give --kubeconfig';
    return new KinitError(`${path} is missing, so the cluster cannot be asked`, { host, hint });
  }
  return new KinitError(`admin.conf has no rights in this cluster, and ${path}, which could give it some, is missing`, {
    host,
    hint: '`kinit init phase kubeconfig super-admin` makes it where the key of the CA is',
  });
}

/**
 * A client with an administrator's rights: admin.conf's; super-admin.conf's only where the cluster does not let that one in
 * (yet), so that a cluster without its ClusterRoleBinding is seen, mended and taken down all the same. Throws KinitError where there is neither, or where the cluster does not answer.
 */
export async function administratorClient(
  host: Host,
  endpoint?: LocalAPIEndpoint,
  { admin = adminConf, superAdmin = superAdminConf, ...settings }: AdministratorSettings = {},
): Promise<KubeClient> {
  const administrator = await clientFrom(host, admin, endpoint, settings);
  try {
    if (await isLetIn(administrator)) return administrator;
    const superAdministrator = await clientFrom(host, superAdmin, endpoint, settings);
    administrator.close();
    return superAdministrator;
  } catch (error) {
    administrator.close();
    throw error;
  }
}

async function isLetIn(client: KubeClient): Promise<boolean> {
  try {
    await client.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name: 'kubeadm-config' });
    return true;
  } catch (error) {
    if (error instanceof KubeError && error.status === 403) return false;
    throw error;
  }
}
