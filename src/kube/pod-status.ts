import type { KubeObject } from './client.ts';

/** A container of a pod as its kubelet tells. */
export interface ContainerState {
  readonly name: string;
  readonly image?: string;
  /** `containerd://0f3c…`; another with each start. */
  readonly containerID?: string;
  readonly ready?: boolean;
  /** False until its startup probe was answered. */
  readonly started?: boolean;
  readonly restartCount?: number;
  readonly state?: {
    readonly running?: { readonly startedAt?: string };
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly terminated?: object;
  };
}

/** Its containers, those that come first among them. */
export function containersOf(pod: KubeObject): readonly ContainerState[] {
  const status = (pod['status'] ?? {}) as Readonly<Record<string, readonly ContainerState[] | undefined>>;
  return [...(status['initContainerStatuses'] ?? []), ...(status['containerStatuses'] ?? [])];
}

/**
 * Whether a container of a pod is ready, or nothing keeps it from being so: it runs, has passed its startup probe and has none
 * of readiness. Kubelets before v1.22 say so only with their next look at the pod, up to a minute and a half later
 * (kubernetes#95140).
 */
export function isContainerReady({ name, ready, started, state }: ContainerState, pod: KubeObject): boolean {
  if (ready === true) return true;
  const { containers = [] } = (pod['spec'] ?? {}) as {
    readonly containers?: readonly { readonly name: string; readonly readinessProbe?: object }[];
  };
  const own = containers.find((one) => one.name === name);
  return started === true && state?.running !== undefined && own !== undefined && own.readinessProbe === undefined;
}

/** Whether every container of it is ready, or it has come to its end. */
export function readyPod(pod: KubeObject): boolean {
  const { phase, containerStatuses = [] } = (pod['status'] ?? {}) as {
    readonly phase?: string;
    readonly containerStatuses?: readonly ContainerState[];
  };
  if (phase === 'Succeeded' || pod.metadata['deletionTimestamp'] !== undefined) return true;
  return containerStatuses.length > 0 && containerStatuses.every((one) => isContainerReady(one, pod));
}

/** Whether each of its containers runs now. */
export function runs(pod: KubeObject): boolean {
  const containers = containersOf(pod);
  return containers.length > 0 && containers.every(({ state }) => state?.running !== undefined);
}

/** How often its containers were begun anew. */
export function restartsOf(pod: KubeObject): number {
  return containersOf(pod).reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);
}

/** What keeps it, in the kubelet's words; undefined where nothing does but time. */
export function waitingReason(pod: KubeObject): string | undefined {
  const waiting = containersOf(pod).find(isStuck);
  const { reason, message } = waiting?.state?.waiting ?? {};
  return reason === undefined ? undefined : [reason, message].filter(Boolean).join(': ');
}

/** Whether it does not come to run by waiting alone. */
export function isStuck({ state }: ContainerState): boolean {
  return waits.test(state?.waiting?.reason ?? '');
}

/** The kubelet's words for what is not just a container that is being made. */
const waits = /BackOff|^Err|Invalid|Error$/;
