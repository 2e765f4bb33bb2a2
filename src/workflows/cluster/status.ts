import type { Host } from '../../host/host.ts';
import { jsonObject } from '../../https/json-answer.ts';
import type { KubeClient, KubeObject } from '../../kube/client.ts';
import type { ExpirationInfo } from '../../pki/expiration.ts';
import { adminConf, kubernetesDirectory } from '../../release/paths.ts';
import { expiration } from '../certificates/expiration.ts';
import { administratorClient } from '../host-clients.ts';
import { localControlPlane } from '../node/local-control-plane.ts';

/** A machine that the cluster should have, and whether it could be reached. */
export interface AskedHost {
  /** The name of its node. */
  readonly name: string;
  readonly role: 'control-plane' | 'worker';
  /** Undefined where it was not asked. */
  readonly reached?: Host | { readonly problem: string };
}

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

export interface HostStatus {
  readonly name: string;
  readonly role: AskedHost['role'];
  /** Undefined where it was not asked. */
  readonly problem: string | undefined;
  readonly joined: boolean;
}

/** A part of the control plane, by its static pod. */
export interface ComponentStatus {
  readonly name: string;
  readonly node: string;
  readonly ready: boolean;
  readonly restarts: number;
  readonly remark: string;
}

export interface ClusterStatus {
  readonly server: string | undefined;
  /** Why the API does not answer. */
  readonly problem: string | undefined;
  readonly version: string | undefined;
  /** The checks of /readyz that fail. */
  readonly failing: readonly string[];
  readonly components: readonly ComponentStatus[];
  readonly nodes: readonly NodeStatus[];
  readonly hosts: readonly HostStatus[];
  readonly certificates: ExpirationInfo | undefined;
}

/**
 * How a cluster and its hosts are, asked all at once; what does not answer is told, not thrown. The certificates are read on
 * the control plane whether its API answers or not: expired ones may be why it does not.
 */
export async function status(hosts: readonly AskedHost[], open?: KubeClient): Promise<ClusterStatus> {
  const controlPlane = hosts.flatMap(({ role, reached }) =>
    role === 'control-plane' && isHost(reached) ? [reached] : [],
  )[0];
  const [told, certificates] = await Promise.all([
    open ? askCluster(open) : askThrough(controlPlane),
    controlPlane && certificatesOf(controlPlane).catch(() => undefined),
  ]);
  const nodes = new Set(told.nodes.map(({ name }) => name));
  return {
    ...told,
    hosts: hosts.map(({ name, role, reached }) => ({
      name,
      role,
      problem: isHost(reached) ? undefined : reached?.problem,
      joined: nodes.has(name.toLowerCase()),
    })),
    certificates,
  };
}

/** Milliseconds for an API server that refuses, and for one that is silent: whoever asks for the status wants to know now. */
const patience = { retryForMs: 3000, timeoutMs: 8000 };

async function askThrough(controlPlane: Host | undefined): Promise<Told> {
  if (controlPlane === undefined) return nothingTold;
  let kube: KubeClient | undefined;
  try {
    const { paths } = await controlPlane.observe({ paths: [adminConf] });
    if (paths.get(adminConf)?.type === 'absent') return nothingTold;
    kube = await administratorClient(controlPlane, undefined, patience);
    return await askCluster(kube);
  } catch (error) {
    return unanswered(error, kube);
  } finally {
    kube?.close();
  }
}

/** Whether nothing is wrong: every host is a Ready node, every part of the control plane answers or starts for the first time. */
export function isHealthy({ problem, failing, components, nodes, hosts }: ClusterStatus): boolean {
  return (
    problem === undefined &&
    failing.length === 0 &&
    components.every((component) => component.ready || isFirstStart(component)) &&
    nodes.every(({ ready }) => ready) &&
    hosts.every((host) => host.problem === undefined && host.joined)
  );
}

/** It may take as long as its startup probe lets it; after that the kubelet restarts it. */
function isFirstStart({ remark, restarts }: ComponentStatus): boolean {
  return remark === starting && restarts === 0;
}

const starting = 'starting';

function isHost(reached: AskedHost['reached']): reached is Host {
  return reached !== undefined && 'observe' in reached;
}

type Told = Omit<ClusterStatus, 'hosts' | 'certificates'>;

/** The problem where there is nobody to ask. */
export type NoCluster = 'there is no cluster yet';
const noCluster: NoCluster = 'there is no cluster yet';

const nothingTold: Told = {
  server: undefined,
  problem: noCluster,
  version: undefined,
  failing: [],
  components: [],
  nodes: [],
};

function unanswered(error: unknown, kube: KubeClient | undefined): Told {
  return { ...nothingTold, server: kube?.server, problem: error instanceof Error ? error.message : String(error) };
}

async function askCluster(kube: KubeClient): Promise<Told> {
  return answered(kube).catch((error: unknown) => unanswered(error, kube));
}

async function answered(kube: KubeClient): Promise<Told> {
  const [version, ready, nodes, pods] = await Promise.all([
    kube.raw('/version'),
    kube.raw('/readyz?verbose'),
    kube.list({ apiVersion: 'v1', kind: 'Node' }),
    kube.list({ apiVersion: 'v1', kind: 'Pod', namespace: 'kube-system', labelSelector: 'tier=control-plane' }),
  ]);
  return {
    server: kube.server,
    problem: undefined,
    version: gitVersion(version, kube.server),
    failing: [...ready.body.matchAll(/^\[-\](\S+)/gm)].map(([, name = '']) => name),
    components: pods.map(componentStatus).sort(byName),
    nodes: nodes.map(nodeStatus).sort(byName),
  };
}

/** Throws KinitError where it is no API server that answers. */
function gitVersion(answer: { readonly status: number; readonly body: string }, server: string): string | undefined {
  if (answer.status !== 200) return undefined;
  const { gitVersion: version } = jsonObject({ body: answer.body }, { server, what: 'GET /version' });
  return typeof version === 'string' ? version : undefined;
}

/** undefined where the machine is no control plane. */
async function certificatesOf(controlPlane: Host): Promise<ExpirationInfo | undefined> {
  const local = await localControlPlane(controlPlane);
  return local && expiration(controlPlane, local, kubernetesDirectory);
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message?: string;
}

const rolePrefix = 'node-role.kubernetes.io/';

function nodeStatus(node: KubeObject): NodeStatus {
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

function componentStatus(pod: KubeObject): ComponentStatus {
  const { nodeName = '' } = (pod['spec'] ?? {}) as { readonly nodeName?: string };
  const { phase = '', containerStatuses: [container] = [] } = (pod['status'] ?? {}) as {
    readonly phase?: string;
    readonly containerStatuses?: readonly {
      readonly ready: boolean;
      /** False until its startup probe was answered. */
      readonly started?: boolean;
      readonly restartCount: number;
      readonly state?: { readonly waiting?: { readonly reason?: string }; readonly running?: object };
    }[];
  };
  return {
    name: pod.metadata.labels?.['component'] ?? pod.metadata.name,
    node: nodeName,
    ready: container?.ready ?? false,
    restarts: container?.restartCount ?? 0,
    remark: container?.state?.waiting?.reason ?? (container?.state?.running && !container.started ? starting : phase),
  };
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
