import type { Decided } from '../../../execute/decided.ts';
import { perform } from '../../../execute/executor.ts';
import type { Target } from '../../../execute/target.ts';
import type { KubeObject } from '../../../kube/client.ts';
import { proxyPodsOf } from '../../../phases/endpoint/kube-proxy.ts';
import { passProxy } from './proxy-gate.ts';

const configMap = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name: 'kube-proxy' } as const;

/**
 * The kube-proxy of a node begins anew where its configuration is younger than it; its rules stay meanwhile. Throws
 * KinitError, also where it does not run with it within the deadline (seconds).
 */
export async function proxySettings(node: string, target: Target, deadline: number): Promise<readonly Decided[]> {
  const kube = await target.kube();
  const [configuration, pods] = await Promise.all([kube.get(configMap), kube.list(proxyPodsOf(node))]);
  const changed = configuration === undefined ? undefined : lastChange(configuration);
  const old = pods.filter(({ metadata }) => changed !== undefined && String(metadata['creationTimestamp']) < changed);
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

/** When somebody last wrote the object, in RFC 3339; undefined where the API server does not tell. */
function lastChange({ metadata }: KubeObject): string | undefined {
  const fields = metadata['managedFields'] as readonly { readonly time?: string }[] | undefined;
  return fields
    ?.flatMap(({ time }) => time ?? [])
    .toSorted()
    .at(-1);
}
