import { type Change, objectKey } from '../../execute/change.ts';
import { parseYaml, toYaml } from '../../yaml.ts';
import type { JoinControlPlaneContext } from '../join-context.ts';
import type { Phase } from '../phase.ts';

const configMap = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name: 'kubeadm-config' } as const;

/** A control plane enters the ClusterStatus that kubeadm kept up to v1.21. */
export const updateStatus: Phase<JoinControlPlaneContext> = {
  name: 'control-plane-join',
  part: 'update-status',
  title: 'Cluster status',
  steps: ['update-status'],
  reads: ({ release }) => (release.node.clusterStatus ? { objects: [configMap] } : {}),
  desired: ({ release, config, controlPlane }, observed): readonly Change[] => {
    if (!release.node.clusterStatus) return [];
    const live = observed.objects.get(objectKey(configMap));
    const data = (live?.['data'] ?? {}) as Readonly<Record<string, string>>;
    const { apiVersion, kind, name, namespace } = configMap;
    const text = data['ClusterStatus'];
    if (text === undefined) return [];
    const status = (parseYaml(text, 'the ClusterStatus of kubeadm-config')[0]?.value ?? {}) as {
      readonly apiEndpoints?: Readonly<Record<string, unknown>>;
    };
    const own = { [config.nodeRegistration.name]: { ...controlPlane.config.localAPIEndpoint } };
    const updated = toYaml({ ...status, apiEndpoints: { ...status.apiEndpoints, ...own } });
    return [
      {
        kind: 'object',
        how: 'present',
        step: 'update-status',
        object: { apiVersion, kind, metadata: { name, namespace }, data: { ...data, ClusterStatus: updated } },
        says: '[upload-config] Storing the configuration used in ConfigMap "kubeadm-config" in the "kube-system" Namespace',
      },
    ];
  },
};
