import { type Change, objectKey } from '../../execute/change.ts';
import type { Observed } from '../../execute/observed.ts';
import { clusterStatusHolder, statusEndpoints, withStatusEndpoints } from '../../manifests/cluster-status.ts';

/** The ClusterStatus without a node that was a control plane, where it names that. */
export function clusterStatusWithout(node: string, { objects }: Pick<Observed, 'objects'>): readonly Change[] {
  const live = objects.get(objectKey(clusterStatusHolder));
  const { [node]: own, ...others } = statusEndpoints(live) ?? {};
  if (live === undefined || own === undefined) return [];
  return [
    {
      kind: 'object',
      how: 'present',
      optional: true,
      object: withStatusEndpoints(live, others),
      says: `[reset] Removing info for node "${node}" from the ConfigMap "kubeadm-config" in the "kube-system" Namespace`,
    },
  ];
}
