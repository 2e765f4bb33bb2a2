import type { KinitError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import { jsonObject } from '../../https/json-answer.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { SnapshotSchedule } from '../../manifests/snapshot-timer.ts';
import { adminConf } from '../../release/paths.ts';
import { certificatesOn, type NodeCertificates } from '../certificates/certificates-on.ts';
import { type SnapshotStatus, snapshotStatus } from '../etcd/snapshot-status.ts';
import { administratorClient } from '../host-clients.ts';
import { localControlPlane } from '../node/local-control-plane.ts';
import { type BalancerStatus, balancerStatus } from './balancer-status.ts';
import { type EtcdClusterStatus, type EtcdMemberStatus, etcdMembers } from './etcd-members.ts';
import { byName, type ComponentStatus, componentStatus, type NodeStatus, nodeStatus, starting } from './node-status.ts';

/** A machine that the cluster should have, and whether it could be reached. */
export interface AskedHost {
  /** The name of its node. */
  readonly name: string;
  readonly role: 'control-plane' | 'worker';
  /** Undefined where it was not asked, else what comes of dialling it. */
  readonly reached?: Reached | Promise<Reached>;
}

/** The host, or why it is not reached. */
type Reached = Host | Pick<KinitError, 'message'>;

export interface HostStatus {
  readonly name: string;
  readonly role: AskedHost['role'];
  /** Undefined where it was not asked. */
  readonly problem: string | undefined;
  readonly joined: boolean;
}

/** One of several API servers, asked through its own host. */
export interface ApiServerStatus {
  readonly node: string;
  readonly server: string | undefined;
  /** Why it does not answer. */
  readonly problem: string | undefined;
  /** The checks of its /readyz that fail. */
  readonly failing: readonly string[];
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
  /** Of every host that was reached: of its control plane, and of its kubelet. */
  readonly certificates: readonly NodeCertificates[];
  /** Where there are several control planes. */
  readonly apiServers: readonly ApiServerStatus[];
  /** Of every host that was reached and has one. */
  readonly balancers: readonly BalancerStatus[];
  /** undefined where etcd runs elsewhere, or no control plane could be asked. */
  readonly etcd: EtcdClusterStatus | undefined;
  /** Of every control plane that was reached, where the file wants regular ones. */
  readonly snapshots: readonly SnapshotStatus[];
}

/**
 * How a cluster and its hosts are, asked all at once, each as soon as it is reached: one that is dead holds up nobody but the
 * answer. What does not answer is told, not thrown. Every control plane is asked
 * for itself, and the first that answers for the cluster; certificates and etcd are asked whether an API server answers or not:
 * they may be why it does not. `schedule` is of the snapshots that control planes save by themselves.
 */
export async function status(
  hosts: readonly AskedHost[],
  open?: KubeClient,
  schedule?: SnapshotSchedule,
): Promise<ClusterStatus> {
  const controlPlanes = hosts
    .filter(isControlPlane)
    .map(async ({ name: node, reached }): Promise<ControlPlaneHost> => ({ node, host: hostOf(await reached) }));
  const isOneOfSeveral = hosts.filter(isControlPlane).length > 1;
  const [answers, certificates, etcd, balancers, snapshots, reached] = await Promise.all([
    open ? [{ node: '', told: await askCluster(open) }] : askEach(controlPlanes, isOneOfSeveral),
    Promise.all(hosts.map(async ({ name, role, reached: asked }) => certificatesOn(name, role, hostOf(await asked)))),
    etcdOf(controlPlanes),
    Promise.all(hosts.map(balancerOf)),
    schedule === undefined ? [] : Promise.all(controlPlanes.map((one) => snapshotsOf(one, schedule))),
    Promise.all(hosts.map(async (host): Promise<Known> => ({ ...host, reached: await host.reached }))),
  ]);
  const told = (answers.find(({ told }) => told.problem === undefined) ?? answers[0])?.told ?? nothingTold;
  const nodes = new Set(told.nodes.map(({ name }) => name));
  return {
    ...told,
    hosts: reached.map(({ name, role, reached: host }) => ({
      name,
      role,
      problem: problemOf(host),
      joined: nodes.has(name.toLowerCase()),
    })),
    certificates: certificates.flat(),
    apiServers: isOneOfSeveral ? reached.filter(isControlPlane).map((host) => apiServerStatus(host, answers)) : [],
    balancers: balancers.filter((one) => one !== undefined),
    etcd,
    snapshots: snapshots.flatMap((one) => one ?? []),
  };
}

/** undefined where it is not reached, or cannot be looked at. */
async function balancerOf({ name, reached }: AskedHost): Promise<BalancerStatus | undefined> {
  const host = hostOf(await reached);
  return host === undefined ? undefined : balancerStatus(name, host).catch(() => undefined);
}

/** undefined where it is not reached, or cannot be looked at. */
async function snapshotsOf(
  one: Promise<ControlPlaneHost>,
  schedule: SnapshotSchedule,
): Promise<SnapshotStatus | undefined> {
  const { node, host } = await one;
  return host === undefined ? undefined : snapshotStatus(node, host, schedule).catch(() => undefined);
}

interface ControlPlaneHost {
  readonly node: string;
  /** undefined where it is not reached. */
  readonly host: Host | undefined;
}

interface Known extends Omit<AskedHost, 'reached'> {
  readonly reached: Reached | undefined;
}

interface Answer {
  readonly node: string;
  readonly told: Told;
}

/** What each API server tells: its own, where a balancer might choose another one of several. */
async function askEach(
  controlPlanes: readonly Promise<ControlPlaneHost>[],
  itself: boolean,
): Promise<readonly Answer[]> {
  const asked = controlPlanes.map(async (one): Promise<readonly Answer[]> => {
    const { node, host } = await one;
    return host === undefined ? [] : [{ node, told: await askThrough(host, itself) }];
  });
  return (await Promise.all(asked)).flat();
}

function isControlPlane({ role }: Pick<AskedHost, 'role'>): boolean {
  return role === 'control-plane';
}

function apiServerStatus({ name: node, reached }: Known, answers: readonly Answer[]): ApiServerStatus {
  const told = answers.find((answer) => answer.node === node)?.told;
  if (told !== undefined) return { node, server: told.server, problem: told.problem, failing: told.failing };
  const problem = isHost(reached) ? 'not asked' : (problemOf(reached) ?? 'not reached');
  return { node, server: undefined, problem, failing: [] };
}

/** As the first control plane sees it that can. */
async function etcdOf(controlPlanes: readonly Promise<ControlPlaneHost>[]): Promise<EtcdClusterStatus | undefined> {
  const asked = controlPlanes.map(async (one) => {
    const { host } = await one;
    return host === undefined ? undefined : etcdMembers(host).catch(() => undefined);
  });
  const seen = await Promise.all(asked);
  return seen.find((one) => one !== undefined && one.problem === undefined) ?? seen.find((one) => one !== undefined);
}

/** Milliseconds for an API server that refuses, and for one that is silent: whoever asks for the status wants to know now. */
const patience = { retryForMs: 3000, timeoutMs: 5000 };

async function askThrough(host: Host, itself: boolean): Promise<Told> {
  let kube: KubeClient | undefined;
  try {
    const { paths } = await host.observe({ paths: [adminConf] });
    if (paths.get(adminConf)?.type === 'absent') return nothingTold;
    const endpoint = itself ? (await localControlPlane(host))?.endpoint : undefined;
    kube = await administratorClient(host, endpoint, patience);
    return await askCluster(kube);
  } catch (error) {
    return unanswered(error, kube);
  } finally {
    kube?.close();
  }
}

/** Whether nothing is wrong: every host is a Ready node, every part of the control plane answers or starts for the first time. */
export function isHealthy({ problem, failing, components, nodes, hosts, ...rest }: ClusterStatus): boolean {
  return (
    problem === undefined &&
    failing.length === 0 &&
    rest.apiServers.every((server) => server.problem === undefined && server.failing.length === 0) &&
    isEtcdHealthy(rest.etcd) &&
    rest.balancers.every((one) => one.problem === undefined) &&
    components.every((component) => component.ready || isFirstStart(component)) &&
    nodes.every(({ ready }) => ready) &&
    hosts.every((host) => host.problem === undefined && host.joined)
  );
}

/** A learner is none for long; what joins it finishes its work. */
function isEtcdHealthy(etcd: EtcdClusterStatus | undefined): boolean {
  if (etcd === undefined) return true;
  const works = ({ role, alarms }: EtcdMemberStatus) =>
    (role === 'leader' || role === 'follower') && alarms.length === 0;
  return etcd.problem === undefined && etcd.members.every(works);
}

/** It may take as long as its startup probe lets it; after that the kubelet restarts it. */
function isFirstStart({ remark, restarts }: ComponentStatus): boolean {
  return remark === starting && restarts === 0;
}

function isHost(reached: Reached | undefined): reached is Host {
  return reached !== undefined && 'observe' in reached;
}

function hostOf(reached: Reached | undefined): Host | undefined {
  return isHost(reached) ? reached : undefined;
}

/** Why it is not reached. */
function problemOf(reached: Reached | undefined): string | undefined {
  return isHost(reached) ? undefined : reached?.message;
}

type Told = Omit<ClusterStatus, 'hosts' | 'certificates' | 'apiServers' | 'balancers' | 'etcd' | 'snapshots'>;

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
