import { seconds } from '../../config/duration.ts';
import type { Discovery, JoinConfig } from '../../config/types.ts';
import { KinitError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import { pinnedCertificates } from '../../kube/ca-pin.ts';
import type { KubeClient } from '../../kube/client.ts';
import { untrusted } from '../../kube/cluster-info.ts';
import { discover } from '../../kube/discovery.ts';
import { discoverFromFile, type FileDiscovery, fetchDiscoveryFile } from '../../kube/file-discovery.ts';
import { httpsKubeClient } from '../../kube/https-client.ts';
import { kubeconfigClient } from '../../kube/kubeconfig-client.ts';
import { lastingClient } from '../../kube/lasting-client.ts';
import { readKubeconfig } from '../../pki/kubeconfig.ts';
import { namedFiles } from '../../pki/kubeconfig-files.ts';
import { adminConf, kubeletClientCurrent, kubeletConf } from '../../release/paths.ts';
import { Secret } from '../../secret.ts';
import { type ClusterFacts, readClusterFacts } from '../cluster/cluster-info.ts';
import { clientFrom } from '../host-clients.ts';
import { hostKubeconfig } from '../host-kubeconfig.ts';

export interface DiscoveredFacts {
  readonly cluster: ClusterFacts;
  readonly server: string;
  readonly caPem: string;
  readonly token: () => Promise<Secret>;
  /** With the rights of the node once it has joined; of the token before. */
  readonly kube: () => Promise<KubeClient>;
  close(): void;
}

/** The cluster as a node without credentials finds it, and trusts it, from its own place in the network. Throws KinitError. */
export async function discoverCluster(
  host: Host,
  config: DiscoveryConfig,
  signal: AbortSignal,
): Promise<DiscoveredFacts> {
  const dial = (target: { host: string; port: number }) => host.connect(target);
  const { discovery, controlPlane } = config;
  const own = controlPlane === undefined ? undefined : await ownCluster(host, discovery, dial, signal);
  const found =
    own ??
    (discovery.file
      ? await fromFile(host, discovery.file.kubeConfigPath, dial, signal)
      : await discover({
          ...tokenDiscovery(config),
          dial,
          signal,
          deadlineMs: seconds(config.timeouts.discovery) * 1000,
        }));
  const token = discovery.tlsBootstrapToken;
  const bootstrap =
    (token === undefined || own !== undefined) && 'access' in found
      ? kubeconfigClient((found as FileDiscovery).access, dial)
      : httpsKubeClient({
          server: found.server,
          ca: found.caPem,
          dial,
          ...(token === undefined ? {} : { credentials: { token: new Secret(token) } }),
        });
  const node = nodeClient(host);
  try {
    return {
      cluster: await readClusterFacts(bootstrap),
      server: found.server,
      caPem: found.caPem,
      token: async () => {
        if (token !== undefined) return new Secret(token);
        throw new KinitError('the discovery file alone cannot bootstrap a kubelet', {
          hint: 'give --tls-bootstrap-token (`kinit token create` makes one)',
        });
      },
      kube: async () => (await node.client()) ?? bootstrap,
      close() {
        bootstrap.close();
        node.close();
      },
    };
  } catch (error) {
    bootstrap.close();
    throw error;
  }
}

/** How the cluster is found; `controlPlane` where the node becomes one. */
type DiscoveryConfig = Pick<JoinConfig, 'discovery' | 'timeouts'> & { readonly controlPlane?: unknown };

/**
 * The cluster of the administrator's kubeconfig that lies on a control plane already: an earlier run has made it, and needs
 * no token any more (kubeadm cmd/join.go newJoinData). Undefined where there is none. Throws KinitError, exit 6, where it
 * is of another cluster than the one that was pinned.
 */
async function ownCluster(
  host: Host,
  { bootstrapToken }: Discovery,
  dial: Dialling,
  signal: AbortSignal,
): Promise<FileDiscovery | undefined> {
  const { paths } = await host.observe({ paths: [adminConf] });
  if (paths.get(adminConf)?.type !== 'file') return undefined;
  const found = await fromFile(host, adminConf, dial, signal);
  const { caCertHashes = [] } = bootstrapToken ?? {};
  if (caCertHashes.length > 0 && pinnedCertificates(found.caPem, caCertHashes) === undefined) {
    throw untrusted(
      `${adminConf} on this host is of another cluster than the one that --discovery-token-ca-cert-hash names`,
      'if this host shall leave that cluster, run `kinit reset` on it first',
    );
  }
  return found;
}

function tokenDiscovery({ discovery }: Pick<JoinConfig, 'discovery'>) {
  const { bootstrapToken } = discovery;
  if (bootstrapToken === undefined) throw new Error('neither a discovery file nor a token');
  const { apiServerEndpoint, ...rest } = bootstrapToken;
  return { endpoint: apiServerEndpoint, ...rest };
}

type Dialling = (target: { host: string; port: number }) => ReturnType<Host['connect']>;

async function fromFile(host: Host, path: string, dial: Dialling, signal: AbortSignal): Promise<FileDiscovery> {
  if (path.startsWith('https://'))
    return discoverFromFile(await fetchDiscoveryFile(path, { dial, signal }), path, { dial, signal });
  const local = path.replace(/^file:\/\//, '');
  const content = (await host.read([local])).get(local);
  if (content === undefined)
    throw new KinitError(`${local} is missing`, { host: host.name, hint: 'give another --discovery-file' });
  const read = (text: string, file: string) => hostKubeconfig(host, file, text);
  return discoverFromFile(content.toString('utf8'), local, { dial, signal, read });
}

/** The kubelet's own rights, once kubelet.conf is there with the certificate that it names: a kubelet writes that name first. */
function nodeClient(host: Host) {
  let known: ReadonlyMap<string, Buffer> = new Map();
  const lasting = lastingClient(() => clientFrom(host, kubeletConf, undefined, { known }));
  const lacking = () => {
    const text = known.get(kubeletConf)?.toString('utf8');
    return text === undefined
      ? [kubeletConf]
      : namedFiles(readKubeconfig(text, kubeletConf), kubeletConf).filter((file) => !known.has(file));
  };
  return {
    async client(): Promise<KubeClient | undefined> {
      if (lacking().length > 0) known = await host.read([kubeletConf, kubeletClientCurrent]);
      if (known.has(kubeletConf) && lacking().length > 0) known = new Map([...known, ...(await host.read(lacking()))]);
      return lacking().length === 0 ? lasting.client() : undefined;
    },
    close: () => lasting.close(),
  };
}
