import type { TextEntry } from '../../archive/tar-gz.ts';
import { KinitError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { KubeClient, KubeObject, ListQuery } from '../../kube/client.ts';
import { jsonText } from '../../printable.ts';
import { withoutValues } from '../../report/scrub.ts';
import { etcdMembers } from '../cluster/etcd-members.ts';
import { administratorClient } from '../host-clients.ts';
import { localControlPlane } from '../node/local-control-plane.ts';

/** The system's namespaces: what users run and keep elsewhere is theirs. */
const namespaces = ['kube-system', 'kube-flannel', 'calico-system'];

/** ConfigMaps by which a cluster is made; no Secret is ever asked for. */
const configMaps = /^(kubeadm-config|kubelet-config|kube-proxy|coredns|kube-flannel-cfg)/;

/** Milliseconds for an API server that refuses, and for one that is silent. */
const patience = { retryForMs: 1000, timeoutMs: 10_000 };

/**
 * What the cluster itself tells through a control plane; undefined where the host is none. What does not answer says why in its
 * place.
 */
export async function clusterEntries(host: Host): Promise<readonly TextEntry[] | undefined> {
  const local = await localControlPlane(host);
  if (local === undefined) return undefined;
  const etcd = { name: 'etcd.json', text: await told(() => etcdMembers(host)) };
  try {
    const kube = await administratorClient(host, local.endpoint, patience);
    try {
      return [etcd, ...(await apiEntries(kube))];
    } finally {
      kube.close();
    }
  } catch (error) {
    if (!(error instanceof KinitError)) throw error;
    return [etcd, { name: 'api.txt', text: `the API does not answer: ${error.message}\n` }];
  }
}

async function apiEntries(kube: KubeClient): Promise<readonly TextEntry[]> {
  const list = (name: string, query: ListQuery, isWanted: (object: KubeObject) => boolean = () => true) =>
    told(async () => (await kube.list(query)).filter(isWanted).map(withoutValues)).then((text) => ({ name, text }));
  const everywhere = namespaces.flatMap((namespace) => [
    list(`pods-${namespace}.json`, { apiVersion: 'v1', kind: 'Pod', namespace }),
    list(`daemonsets-${namespace}.json`, { apiVersion: 'apps/v1', kind: 'DaemonSet', namespace }),
    list(`events-${namespace}.json`, { apiVersion: 'v1', kind: 'Event', namespace }),
  ]);
  const ofNodes = ({ involvedObject }: KubeObject) =>
    (involvedObject as { readonly kind?: string } | undefined)?.kind === 'Node';
  const entries = await Promise.all([
    told(async () => (await kube.raw('/version')).body).then((text) => ({ name: 'version.json', text })),
    told(async () => (await kube.raw('/readyz?verbose')).body).then((text) => ({ name: 'readyz.txt', text })),
    list('nodes.json', { apiVersion: 'v1', kind: 'Node' }),
    list('events-of-nodes.json', { apiVersion: 'v1', kind: 'Event', namespace: 'default' }, ofNodes),
    list('configmaps.json', { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system' }, ({ metadata }) =>
      configMaps.test(metadata.name),
    ),
    ...everywhere,
  ]);
  return entries.filter(({ text }) => text.trim() !== '[]');
}

/** The answer as text; what it says instead where it fails. */
async function told(ask: () => Promise<unknown>): Promise<string> {
  try {
    const answer = await ask();
    return typeof answer === 'string' ? `${answer.trimEnd()}\n` : `${jsonText(answer ?? null, 2)}\n`;
  } catch (error) {
    if (!(error instanceof KinitError)) throw error;
    return `not told: ${error.message}\n`;
  }
}
