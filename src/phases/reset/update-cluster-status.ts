import { type Change, objectKey } from '../../execute/change.ts';
import { parseYaml, toYaml } from '../../yaml.ts';
import type { Phase } from '../phase.ts';
import type { ResetContext } from './context.ts';

const configMap = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name: 'kubeadm-config' } as const;

/** A control plane leaves the ClusterStatus that kubeadm kept up to v1.21. */
export const updateClusterStatus: Phase<ResetContext> = {
  name: 'update-cluster-status',
  title: 'Cluster status',
  reads: (context) => (applies(context) ? { objects: [configMap] } : {}),
  desired: (context, observed): readonly Change[] => {
    const live = observed.objects.get(objectKey(configMap));
    const data = live?.['data'] as Readonly<Record<string, string>> | undefined;
    if (live === undefined || data?.['ClusterStatus'] === undefined) return [];
    const { nodeName } = context;
    const { apiVersion, kind, name, namespace } = configMap;
    const status = (parseYaml(data['ClusterStatus'], 'the ClusterStatus of kubeadm-config')[0]?.value ?? {}) as {
      readonly apiEndpoints?: Readonly<Record<string, unknown>>;
    };
    const { [nodeName]: own, ...others } = status.apiEndpoints ?? {};
    if (own === undefined) return [];
    const updated = toYaml({ ...status, apiEndpoints: others });
    return [
      {
        kind: 'object',
        how: 'present',
        optional: true,
        object: { apiVersion, kind, metadata: { name, namespace }, data: { ...data, ClusterStatus: updated } },
        says: `[reset] Removing info for node "${nodeName}" from the ConfigMap "kubeadm-config" in the "kube-system" Namespace`,
      },
    ];
  },
};

function applies({ release, resident, clusterAnswers }: ResetContext): boolean {
  return release.node.clusterStatus && resident.isControlPlane && clusterAnswers;
}
