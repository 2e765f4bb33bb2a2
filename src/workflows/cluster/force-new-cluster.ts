import { exitCodes, KinitError } from '../../errors.ts';
import type { Run } from '../../execute/run.ts';
import { on } from '../../execute/target.ts';
import type { Host } from '../../host/host.ts';
import { isTransient } from '../../https/failure.ts';
import { withPatience } from '../../https/retry.ts';
import type { KubeObject } from '../../kube/client.ts';
import { isControlPlaneNode } from '../../kube/node.ts';
import {
  endNewCluster,
  etcdManifest,
  forceNewCluster,
  type LastMember,
} from '../../phases/new-cluster/force-new-cluster.ts';
import { isForced } from '../../phases/new-cluster/manifest.ts';
import { residentEtcdAccess, residentFiles, residentOf } from '../../phases/reset/resident.ts';
import { releaseFor } from '../../release/release.ts';
import { newestVersion } from '../../release/served.ts';
import { parseVersion } from '../../release/version.ts';
import { type HostClients, hostClients } from '../host-clients.ts';
import { runStage } from '../stage.ts';
import { type EtcdClusterStatus, type EtcdMemberStatus, etcdMembers, isLed } from './etcd-members.ts';

/** The last control plane of a cluster, as it was found. */
export interface LastControlPlane {
  readonly host: Host;
  readonly member: LastMember;
  /** `done`: its etcd has one member. `begun`: a run that was killed is to be finished. */
  readonly state: 'to do' | 'begun' | 'done';
  /** The other members, as far as they are known. */
  readonly others: readonly string[];
}

/**
 * Looks at a control plane of which etcd has lost its quorum. Throws KinitError, exit 2, where it has no member of etcd, where
 * etcd has its quorum, or where another member runs that could go on as well: nothing may be touched then.
 */
export async function findLastControlPlane(host: Host): Promise<LastControlPlane> {
  const { files } = await host.observe({ files: residentFiles });
  const resident = residentOf(files);
  const [access, etcd] = [residentEtcdAccess(resident), resident.etcd];
  if (access === undefined || etcd?.peerUrl === undefined) {
    throw refused(host, `${etcdManifest} names no member of etcd on this machine`, 'run this on a control plane');
  }
  const own = { ...access, servers: access.servers.slice(0, 1) };
  const isAsked = isForced(files.get(etcdManifest)?.content?.toString('utf8') ?? '');
  const member = { host: host.name, peerUrl: etcd.peerUrl, dataDir: etcd.dataDir, access: own, isAsked };
  const seen = await etcdMembers(host);
  const others = seen?.members.filter(({ peerUrl }) => peerUrl !== etcd.peerUrl) ?? [];
  const found = { host, member, others: others.map(({ name }) => name) };
  if (isAsked) return { ...found, state: 'begun' };
  // Alone it decides alone: one that is only slow to answer, or elects itself, has nothing to be forced to.
  if (seen?.members.length === 1 && others.length === 0) return { ...found, state: 'done' };
  refuseLiving(host, seen, others, etcd.peerUrl);
  return { ...found, state: 'to do' };
}

function refuseLiving(
  host: Host,
  seen: EtcdClusterStatus | undefined,
  others: readonly EtcdMemberStatus[],
  peerUrl: string,
): void {
  const { members = [], tolerates = -1 } = seen ?? {};
  if (members.length > 0 && tolerates >= 0) {
    const dead = others.filter((one) => !isLed(one)).map(({ name }) => name);
    const hint = dead.length === 0 ? '`kinit status` shows its members' : dead.map((name) => removal(name)).join(', ');
    throw refused(host, `etcd has its quorum: ${members.length} members, which can decide`, hint);
  }
  if (members.some((one) => one.peerUrl === peerUrl && one.role === 'learner')) {
    const hint = 'take the data of a member that voted, or a snapshot';
    throw refused(host, 'the member of this machine is a learner, which need not have all data', hint);
  }
  const alive = others.filter(({ role }) => role !== 'does not answer' && role !== 'not started');
  if (alive.length === 0) return;
  const names = alive.map(({ name }) => name).join(', ');
  const hint = 'go on from one of them: shut the others down, or reset them with `kinit reset --force`';
  throw refused(host, `${names} runs too, and could go on from its data as well`, hint);
}

function refused({ name: host }: Host, message: string, hint: string): KinitError {
  return new KinitError(`${message}; nothing was touched`, { host, exitCode: exitCodes.preflight, hint });
}

function removal(name: string): string {
  return `\`kinit node remove ${name}\` takes out ${name}`;
}

/**
 * Makes the etcd of a control plane a cluster of its own member, from its own data, and waits until the control plane is up.
 * Returns the other control planes that the cluster still has Nodes of. Throws KinitError; run again, it goes on from there.
 */
export async function makeNewCluster({ host, member, state }: LastControlPlane, run: Run): Promise<readonly string[]> {
  const resident = residentOf((await host.observe({ files: residentFiles })).files);
  const release = releaseFor(resident.version ?? parseVersion(newestVersion));
  const clients = hostClients(host, resident.endpoint);
  try {
    const target = on(run, { host, kube: clients.kube, release });
    if (state !== 'done') {
      await runStage([forceNewCluster], member, target);
      await runStage([endNewCluster], member, target);
    }
    const [own] = (await etcdMembers(host))?.members ?? [];
    const nodes = await nodesOf(clients, run);
    return nodes
      .filter((node) => isControlPlaneNode(node) && node.metadata.name !== own?.name)
      .map((node) => node.metadata.name);
  } finally {
    clients.close();
  }
}

/** Milliseconds: an API server that was without etcd for long ends by its probes even after it was ready again, and starts. */
const startingAnew = 180_000;

/** Throws KinitError where the API server does not answer by then. */
function nodesOf({ kube }: HostClients, { signal }: Run): Promise<readonly KubeObject[]> {
  return withPatience({ retryForMs: startingAnew, signal }, async () => {
    try {
      return { value: await (await kube()).list({ apiVersion: 'v1', kind: 'Node' }) };
    } catch (error) {
      if (error instanceof KinitError && isTransient(error.cause)) return { retry: error };
      throw error;
    }
  });
}
