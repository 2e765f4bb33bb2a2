import { type Change, objectKey } from '../../execute/change.ts';
import { clusterStatusHolder, statusEndpoints, withStatusEndpoints } from '../../manifests/cluster-status.ts';
import type { JoinControlPlaneContext } from '../join-context.ts';
import type { Phase } from '../phase.ts';

/** A control plane enters the ClusterStatus that kubeadm kept up to v1.21. */
export const updateStatus: Phase<JoinControlPlaneContext> = {
  name: 'control-plane-join',
  part: 'update-status',
  title: 'Cluster status',
  steps: ['update-status'],
  reads: ({ release }) => (release.node.clusterStatus ? { objects: [clusterStatusHolder] } : {}),
  desired: ({ release, config, controlPlane }, observed): readonly Change[] => {
    if (!release.node.clusterStatus) return [];
    const live = observed.objects.get(objectKey(clusterStatusHolder));
    const endpoints = statusEndpoints(live);
    if (live === undefined || endpoints === undefined) return [];
    const own = { [config.nodeRegistration.name]: { ...controlPlane.config.localAPIEndpoint } };
    return [
      {
        kind: 'object',
        how: 'present',
        step: 'update-status',
        object: withStatusEndpoints(live, { ...endpoints, ...own }),
        says: '[upload-config] Storing the configuration used in ConfigMap "kubeadm-config" in the "kube-system" Namespace',
      },
    ];
  },
};
