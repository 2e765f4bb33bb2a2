import { type Change, objectKey } from '../../execute/change.ts';
import type { Observed } from '../../execute/observed.ts';
import { parseYaml, toYaml } from '../../yaml.ts';

/** Where kubeadm kept the ClusterStatus, up to v1.21. */
export const clusterStatusHolder = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  namespace: 'kube-system',
  name: 'kubeadm-config',
} as const;

/** The ClusterStatus without a node that was a control plane, where it names that. */
export function clusterStatusWithout(node: string, { objects }: Pick<Observed, 'objects'>): readonly Change[] {
  const data = objects.get(objectKey(clusterStatusHolder))?.['data'] as Readonly<Record<string, string>> | undefined;
  if (data?.['ClusterStatus'] === undefined) return [];
  const { apiVersion, kind, name, namespace } = clusterStatusHolder;
  const status = (parseYaml(data['ClusterStatus'], 'the ClusterStatus of kubeadm-config')[0]?.value ?? {}) as {
    readonly apiEndpoints?: Readonly<Record<string, unknown>>;
  };
  const { [node]: own, ...others } = status.apiEndpoints ?? {};
  if (own === undefined) return [];
  const updated = toYaml({ ...status, apiEndpoints: others });
  return [
    {
      kind: 'object',
      how: 'present',
      optional: true,
      object: { apiVersion, kind, metadata: { name, namespace }, data: { ...data, ClusterStatus: updated } },
      says: `[reset] Removing info for node "${node}" from the ConfigMap "kubeadm-config" in the "kube-system" Namespace`,
    },
  ];
}
