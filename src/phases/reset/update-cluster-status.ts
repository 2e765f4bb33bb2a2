import { clusterStatusHolder } from '../../manifests/cluster-status.ts';
import type { Phase } from '../phase.ts';
import { clusterStatusWithout } from './cluster-status.ts';
import type { ResetContext } from './context.ts';

/** A control plane leaves the ClusterStatus that kubeadm kept up to v1.21. */
export const updateClusterStatus: Phase<ResetContext> = {
  name: 'update-cluster-status',
  title: 'Cluster status',
  reads: (context) => (applies(context) ? { objects: [clusterStatusHolder] } : {}),
  desired: ({ nodeName }, observed) => clusterStatusWithout(nodeName, observed),
};

function applies({ release, resident, clusterAnswers }: ResetContext): boolean {
  return release.node.clusterStatus && resident.isControlPlane && clusterAnswers;
}
