import { type Change, refOf } from '../../execute/change.ts';
import { listKey } from '../../execute/observed.ts';
import type { KubeObject, ListQuery, ObjectRef } from '../../kube/client.ts';
import { markKeys } from '../../release/node.ts';
import type { Phase } from '../phase.ts';
import type { KeptCluster, KeptMarks } from './record.ts';

export interface ClusterBackContext {
  readonly cluster: KeptCluster;
}

/** What runs on all nodes goes back first: kube-proxy must not be newer than the API servers. */
export const addonsBack: Phase<ClusterBackContext> = {
  name: 'rollback',
  title: 'Addons',
  reads: ({ cluster }) => ({ objects: cluster.objects.filter(isAddon).map(refOf) }),
  desired: ({ cluster }): readonly Change[] => cluster.objects.filter(isAddon).map(present),
};

/** What the cluster keeps of its configuration, and the marks of its control planes, once they run what it says. */
export const configurationBack: Phase<ClusterBackContext> = {
  name: 'rollback',
  title: 'The stored configuration',
  reads: ({ cluster }) => ({
    objects: [...cluster.objects.filter((object) => !isAddon(object)).map(refOf), ...cluster.missing],
    lists: [everyNode],
  }),
  desired: ({ cluster }, { lists }): readonly Change[] => {
    const nodes = lists.get(listKey(everyNode)) ?? [];
    return [
      ...cluster.objects.filter((object) => !isAddon(object)).map(present),
      ...cluster.missing.map(absent),
      ...cluster.marks.flatMap((marks) => marked(marks, nodes)),
    ];
  },
};

const everyNode: ListQuery = { apiVersion: 'v1', kind: 'Node' };

function isAddon({ metadata: { name } }: KubeObject): boolean {
  return ['kube-proxy', 'coredns', 'kube-dns', 'system:coredns'].includes(name);
}

function present(object: KubeObject): Change {
  return { kind: 'object', object, how: 'present' };
}

function absent({ apiVersion, kind, name, namespace = '' }: ObjectRef): Change {
  return {
    kind: 'object',
    object: { apiVersion, kind, metadata: { name, ...(namespace === '' ? {} : { namespace }) } },
    how: 'absent',
  };
}

/** The marks of before; those that the hop added go. */
function marked({ name, labels, annotations, taints }: KeptMarks, nodes: readonly KubeObject[]): readonly Change[] {
  const node = nodes.find(({ metadata }) => metadata.name === name);
  if (node === undefined) return [];
  const { metadata } = node;
  const { taints: there = [] } = (node['spec'] ?? {}) as { readonly taints?: KeptMarks['taints'] };
  const isSame = (a: KeptMarks['taints'][number]) => (b: KeptMarks['taints'][number]) =>
    a.key === b.key && a.effect === b.effect;
  const added = (live: Readonly<Record<string, string>> = {}, kept: Readonly<Record<string, string>>) =>
    Object.keys(live).filter((key) => markKeys.includes(key) && !Object.hasOwn(kept, key));
  const gone = {
    labels: added(metadata.labels, labels),
    annotations: added(metadata.annotations, annotations),
    taints: there.filter((taint) => markKeys.includes(taint.key) && !taints.some(isSame(taint))),
  };
  const lacks = (live: Readonly<Record<string, string>> = {}, kept: Readonly<Record<string, string>>) =>
    Object.entries(kept).some(([key, value]) => live[key] !== value);
  const isThere =
    [gone.labels, gone.annotations, gone.taints].every(({ length }) => length === 0) &&
    !lacks(metadata.labels, labels) &&
    !lacks(metadata.annotations, annotations) &&
    taints.every((taint) => there.some(isSame(taint)));
  return isThere ? [] : [{ kind: 'node', name, labels, annotations, taints, gone }];
}
