import type { KubeObject } from './client.ts';

/** Whether a drain evicts it: static pods and those of DaemonSets stay; what has ended, or ends before it ran, does not matter. */
export function hasToLeave(pod: KubeObject): boolean {
  const { annotations, ownerReferences } = pod.metadata;
  if (annotations?.['kubernetes.io/config.mirror'] !== undefined) return false;
  const owners = (ownerReferences ?? []) as readonly { readonly kind: string; readonly controller?: boolean }[];
  if (owners.some(({ kind, controller }) => controller && kind === 'DaemonSet')) return false;
  const { phase } = (pod['status'] ?? {}) as { readonly phase?: string };
  // A kubelet (v1.20) may never finish with a pod that was deleted before anything of it ran.
  if (phase === 'Pending' && pod.metadata['deletionTimestamp'] !== undefined) return false;
  return phase !== 'Succeeded' && phase !== 'Failed';
}
