import type { Taint } from '../../config/types.ts';
import type { Change } from '../../execute/change.ts';
import { listKey } from '../../execute/observed.ts';
import type { KubeObject, ListQuery } from '../../kube/client.ts';
import type { MarkChanges } from '../../release/upgrade.ts';
import type { Phase } from '../phase.ts';
import type { UpgradeContext } from '../upgrade-context.ts';

const everyNode: ListQuery = { apiVersion: 'v1', kind: 'Node' };

/** What becomes of the marks of all control planes in the target's minor (kubeadm's `apply`, v1.20 to v1.25). */
export const nodeMarksUpgrade: Phase<UpgradeContext> = {
  name: 'control-plane',
  title: 'Marks of control planes',
  reads: ({ release }) => (release.upgrade.marks.having === undefined ? {} : { lists: [everyNode] }),
  desired: ({ release }, { lists }): readonly Change[] => {
    const { marks } = release.upgrade;
    const { having, says } = marks;
    if (having === undefined) return [];
    const nodes = lists.get(listKey(everyNode)) ?? [];
    const changes = nodes.flatMap((node) => (node.metadata.labels?.[having] === undefined ? [] : changed(node, marks)));
    return [...(says === undefined ? [] : [{ kind: 'note', text: says } satisfies Change]), ...changes];
  },
};

function changed(
  node: KubeObject,
  { addedLabels, removedLabels, addedTaint, removedTaints }: MarkChanges,
): readonly Change[] {
  const labels = node.metadata.labels ?? {};
  const { taints = [] } = (node['spec'] ?? {}) as { readonly taints?: readonly Taint[] };
  const has = (taint: Taint) => taints.some(({ key, effect }) => key === taint.key && effect === taint.effect);
  const missing = addedLabels.filter((name) => labels[name] === undefined);
  const outdated = removedLabels.filter((name) => labels[name] !== undefined);
  const gained = addedTaint && has(addedTaint.beside) && !has(addedTaint.taint) ? [addedTaint.taint] : [];
  const lost = removedTaints.filter(has);
  if ([missing, outdated, gained, lost].every(({ length }) => length === 0)) return [];
  return [
    {
      kind: 'node',
      name: node.metadata.name,
      labels: Object.fromEntries(missing.map((name) => [name, ''])),
      annotations: {},
      taints: gained,
      gone: { labels: outdated, annotations: [], taints: lost },
    },
  ];
}
