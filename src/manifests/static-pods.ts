import type { ControlPlaneConfig } from '../config/types.ts';
import type { Release } from '../release/release.ts';
import type { StaticPodName } from '../release/static-pod-arguments.ts';
import { kubeApiserverPod } from './kube-apiserver.ts';
import { kubeControllerManagerPod } from './kube-controller-manager.ts';
import { kubeSchedulerPod } from './kube-scheduler.ts';
import type { StaticPod } from './static-pod.ts';
import type { StaticPodHost } from './static-pod-host.ts';

export interface StaticPodManifest {
  readonly name: StaticPodName;
  /** In the kubelet's staticPodPath. */
  readonly file: string;
  readonly pod: StaticPod;
}

/** The static pods of the control plane in kubeadm's order; etcd's is `etcdPod`. */
export function staticPods(
  config: ControlPlaneConfig,
  release: Release,
  host: StaticPodHost,
): readonly StaticPodManifest[] {
  return builders.map(([name, build]) => ({ name, file: `${name}.yaml`, pod: build(config, release, host) }));
}

const builders = [
  ['kube-apiserver', kubeApiserverPod],
  ['kube-controller-manager', kubeControllerManagerPod],
  ['kube-scheduler', kubeSchedulerPod],
] as const;
