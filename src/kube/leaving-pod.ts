import type { KubeObject } from './client.ts';
import { type ContainerState, containersOf } from './pod-status.ts';

/** Whether a drain evicts it: static pods and those of DaemonSets stay; what has ended, or ends before it ran, does not matter. */
export function hasToLeave(pod: KubeObject): boolean {
  const { annotations, ownerReferences } = pod.metadata;
  if (annotations?.['kubernetes.io/config.mirror'] !== undefined) return false;
  const owners = (ownerReferences ?? []) as readonly { readonly kind: string; readonly controller?: boolean }[];
  if (owners.some(({ kind, controller }) => controller && kind === 'DaemonSet')) return false;
  const { phase } = (pod['status'] ?? {}) as { readonly phase?: string };
  const isDeleted = pod.metadata['deletionTimestamp'] !== undefined;
  // A kubelet (v1.20) may never finish with a pod that was deleted before anything of it ran.
  if (phase === 'Pending' && isDeleted) return false;
  if (isDeleted && hasStopped(pod) && leavesNothing(pod)) return false;
  return phase !== 'Succeeded' && phase !== 'Failed';
}

/**
 * Whether its kubelet has told the end of all its containers. Kubelets before v1.22 ask for the pod itself to be gone only with
 * their next look at all of them, ten seconds later or more (kubelet status_manager.go, syncPeriod).
 */
function hasStopped(pod: KubeObject): boolean {
  const { containers = [] } = (pod['spec'] ?? {}) as { readonly containers?: readonly object[] };
  const { containerStatuses = [], ephemeralContainerStatuses = [] } = (pod['status'] ?? {}) as {
    readonly containerStatuses?: readonly object[];
    readonly ephemeralContainerStatuses?: readonly ContainerState[];
  };
  const all = [...containersOf(pod), ...ephemeralContainerStatuses];
  return containerStatuses.length === containers.length && all.every(({ state }) => state?.terminated !== undefined);
}

/** Whether a pod that is being deleted has left once its processes have ended, whatever its kubelet tells; see also hasToLeave. */
export function leavesWithProcesses(pod: KubeObject): boolean {
  return pod.metadata['deletionTimestamp'] !== undefined && leavesNothing(pod);
}

/** Whether nothing of it has to be let go of but folders of its node: other volumes are unmounted before it is gone. */
function leavesNothing(pod: KubeObject): boolean {
  const { volumes = [] } = (pod['spec'] ?? {}) as { readonly volumes?: readonly Readonly<Record<string, unknown>>[] };
  return volumes.every((volume) => ofTheNode.some((kind) => volume[kind] !== undefined));
}

const ofTheNode = ['configMap', 'downwardAPI', 'emptyDir', 'hostPath', 'projected', 'secret'];
