import { createHash } from 'node:crypto';
import type { Decided } from '../../../execute/decided.ts';
import { perform } from '../../../execute/executor.ts';
import type { Target } from '../../../execute/target.ts';
import type { KubeObject } from '../../../kube/client.ts';
import { proxyPods, proxyPodsOf } from '../../../phases/endpoint/kube-proxy.ts';
import { passProxy } from './proxy-gate.ts';

const configMap = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name: 'kube-proxy' } as const;

/** On a pod: what its kube-proxy has begun with, where that is not what the cluster keeps. */
const begunWith = 'kinit.dev/begun-with';

/**
 * Marks the kube-proxies of all nodes with what they have begun with, before that changes: those without a mark have begun
 * since then. The API server's own times do not tell it (managedFields of v1.20 keep theirs). Throws KinitError.
 */
export async function markProxies(target: Target): Promise<void> {
  const kube = await target.kube();
  const [configuration, pods] = await Promise.all([kube.get(configMap), kube.list(proxyPods)]);
  if (configuration === undefined) return;
  const annotations = { [begunWith]: contentOf(configuration) };
  const fresh = pods.filter(({ metadata }) => metadata.annotations?.[begunWith] === undefined);
  await Promise.all(
    fresh.map(({ apiVersion, kind, metadata: { name, namespace = '' } }) =>
      kube.patch({ apiVersion, kind, name, namespace }, 'merge', { metadata: { annotations } }),
    ),
  );
}

/**
 * The kube-proxy of a node begins anew where it has begun with something else than the cluster keeps; its rules stay
 * meanwhile. Throws KinitError, also where it does not run with it within the deadline (seconds).
 */
export async function proxySettings(node: string, target: Target, deadline: number): Promise<readonly Decided[]> {
  const kube = await target.kube();
  const [configuration, pods] = await Promise.all([kube.get(configMap), kube.list(proxyPodsOf(node))]);
  if (configuration === undefined) return [];
  const old = pods.filter(({ metadata }) => {
    const mark = metadata.annotations?.[begunWith];
    return mark !== undefined && mark !== contentOf(configuration);
  });
  const done = await perform(
    old.map(
      (object): Decided => ({
        phase: 'settings',
        change: {
          kind: 'object',
          how: 'absent',
          object,
          says: `[settings] The kube-proxy of node ${node} begins anew with its configuration`,
        },
      }),
    ),
    target,
  );
  if (done.length > 0 && !target.rehearsal) await passProxy(node, old, deadline, target);
  return done;
}

/** The same for the same content. */
export function contentOf(configuration: KubeObject): string {
  const { data = {} } = configuration as { readonly data?: Readonly<Record<string, string>> };
  const entries = Object.entries(data).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(entries)).digest('hex').slice(0, 16);
}
