import type { KubeObject } from '../../kube/client.ts';
import { type ContainerState, isContainerReady } from '../../kube/pod-status.ts';

export interface NodeStatus {
  readonly name: string;
  readonly roles: readonly string[];
  readonly ready: boolean;
  /** Why it is not Ready, in the kubelet's words; cordoned, under pressure. */
  readonly remarks: readonly string[];
  readonly version: string;
  readonly runtime: string;
  readonly address: string;
  readonly system: string;
}

/** A part of the control plane, by its static pod. */
export interface ComponentStatus {
  readonly name: string;
  readonly node: string;
  readonly ready: boolean;
  readonly restarts: number;
  readonly remark: string;
}

/** The remark on a container of which the startup probe was not answered yet. */
export const starting = 'starting';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message?: string;
}

const rolePrefix = 'node-role.kubernetes.io/';

/** A Node as its kubelet and its labels tell. */
export function nodeStatus(node: KubeObject): NodeStatus {
  const {
    conditions = [],
    nodeInfo,
    addresses = [],
  } = (node['status'] ?? {}) as {
    readonly conditions?: readonly Condition[];
    readonly nodeInfo?: Readonly<Record<'kubeletVersion' | 'containerRuntimeVersion' | 'osImage', string>>;
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
  };
  const { unschedulable } = (node['spec'] ?? {}) as { readonly unschedulable?: boolean };
  const ready = conditions.find(({ type }) => type === 'Ready');
  const pressures = conditions.filter(({ type, status }) => type !== 'Ready' && status === 'True');
  return {
    name: node.metadata.name,
    roles: Object.keys(node.metadata.labels ?? {}).flatMap((label) =>
      label.startsWith(rolePrefix) ? [label.slice(rolePrefix.length)] : [],
    ),
    ready: ready?.status === 'True',
    remarks: [
      ...(ready?.status === 'True' ? [] : [ready?.message ?? 'the kubelet has not told anything yet']),
      ...(unschedulable ? ['cordoned'] : []),
      ...pressures.map(({ type }) => type),
    ],
    version: nodeInfo?.kubeletVersion ?? '',
    runtime: nodeInfo?.containerRuntimeVersion ?? '',
    address: addresses.find(({ type }) => type === 'InternalIP')?.address ?? '',
    system: nodeInfo?.osImage ?? '',
  };
}

/** A part of the control plane as its pod tells. */
export function componentStatus(pod: KubeObject): ComponentStatus {
  const { nodeName = '' } = (pod['spec'] ?? {}) as { readonly nodeName?: string };
  const { phase = '', containerStatuses: [container] = [] } = (pod['status'] ?? {}) as {
    readonly phase?: string;
    readonly containerStatuses?: readonly ContainerState[];
  };
  return {
    name: pod.metadata.labels?.['component'] ?? pod.metadata.name,
    node: nodeName,
    ready: container !== undefined && isContainerReady(container, pod),
    restarts: container?.restartCount ?? 0,
    remark: container?.state?.waiting?.reason ?? (isStarting(container) ? starting : phase),
  };
}

/** A kubelet tells of the containers of a pod some seconds after it has begun them. */
function isStarting(container: ContainerState | undefined): boolean {
  return container === undefined || (container.state?.running !== undefined && !container.started);
}

/** The order of both. */
export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
