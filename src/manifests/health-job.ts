import type { ClusterConfiguration } from '../config/types.ts';
import type { KubeObject } from '../kube/client.ts';
import type { Release } from '../release/release.ts';
import { pauseImage } from './images.ts';

const prefix = 'upgrade-health-check';
/** Seconds that the job outlives its wait. */
const margin = 5;

/** A job that shows that the cluster still runs what is asked of it (kubeadm app/phases/upgrade/health.go, v1.31 to v1.36.3). */
export function healthJob(cluster: ClusterConfiguration, release: Release, now: number): KubeObject {
  const limit = release.upgrade.healthJobSeconds + margin;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: `${prefix}-${now}`, namespace: 'kube-system' },
    spec: {
      backoffLimit: 0,
      ttlSecondsAfterFinished: limit,
      activeDeadlineSeconds: limit,
      template: {
        spec: {
          restartPolicy: 'Never',
          securityContext: { runAsUser: 999, runAsGroup: 999, runAsNonRoot: true },
          // Both taints of control planes: those of older minors have the first alone.
          tolerations: ['node-role.kubernetes.io/master', 'node-role.kubernetes.io/control-plane'].map((key) => ({
            key,
            effect: 'NoSchedule',
          })),
          containers: [{ name: prefix, image: pauseImage(cluster, release), args: ['-v'] }],
        },
      },
    },
  };
}
