import { KinitError } from '../../errors.ts';
import type { EtcdAlarm, EtcdMember } from '../../etcd/members.ts';
import { hasStarted, hexId, memberName, quorum } from '../../etcd/members.ts';
import { type EtcdDoor, etcdDoor } from '../../execute/etcd-access.ts';
import type { Host } from '../../host/host.ts';
import { residentEtcdAccess, residentFiles, residentOf } from '../../phases/reset/resident.ts';

/** What an etcd member is to its cluster, or why it is nothing to it. */
export type EtcdRole = 'leader' | 'follower' | 'learner' | 'without a leader' | 'not started' | 'does not answer';

export interface EtcdMemberStatus {
  /** Its node's, with kubeadm and kinit; its id before it has started. */
  readonly name: string;
  /** As etcdctl prints it. */
  readonly id: string;
  readonly peerUrl: string;
  readonly role: EtcdRole;
  /** It counts for the quorum, started or not. */
  readonly votes: boolean;
  /** undefined where it does not answer. */
  readonly version: string | undefined;
  readonly databaseBytes: number | undefined;
  /** `NOSPACE`, `CORRUPT`. */
  readonly alarms: readonly string[];
}

export interface EtcdClusterStatus {
  /** Why nothing is known of it. */
  readonly problem: string | undefined;
  readonly members: readonly EtcdMemberStatus[];
  /** How many more voting members may be lost until nothing can be decided any more; below 0 that is so already. */
  readonly tolerates: number;
}

/**
 * The members of the etcd that runs on a control plane, each asked for itself through that host; undefined where none runs
 * there. Never throws for one that does not answer.
 */
export async function etcdMembers(host: Host): Promise<EtcdClusterStatus | undefined> {
  const { files } = await host.observe({ files: residentFiles });
  const access = residentEtcdAccess(residentOf(files));
  if (access === undefined) return undefined;
  try {
    const door = await etcdDoor(host, access);
    const members = await door.ask((client) => client.members(), { timeoutMs: patience.timeoutMs });
    const seen = await Promise.all(members.map((member) => memberStatus(member, door)));
    const alarms = await alarmsOf(members, seen, door);
    const told = seen.map((one, index) => ({ ...one, alarms: alarmsAt(members[index], alarms) }));
    return { problem: undefined, members: told, tolerates: tolerance(told) };
  } catch (error) {
    if (!(error instanceof KinitError)) throw error;
    return { problem: error.message, members: [], tolerates: 0 };
  }
}

type Silent = Omit<EtcdMemberStatus, 'alarms'>;

/** None where no member has a leader: etcd tells of alarms only with a quorum. */
async function alarmsOf(
  members: readonly EtcdMember[],
  seen: readonly Silent[],
  door: EtcdDoor,
): Promise<readonly EtcdAlarm[]> {
  const led = members.filter((_, index) => isLed(seen[index]));
  const servers = led.flatMap(({ clientURLs }) => clientURLs);
  if (servers.length === 0) return [];
  try {
    return await door.ask((client) => client.alarms(), { servers, ...patience });
  } catch (error) {
    // Who answered a moment ago has just been lost, which the next look tells.
    if (error instanceof KinitError) return [];
    throw error;
  }
}

function alarmsAt(member: EtcdMember | undefined, alarms: readonly EtcdAlarm[]): readonly string[] {
  return alarms.filter(({ memberId }) => memberId === member?.id).map(({ alarm }) => alarm);
}

/** Whether a voting member takes part in what its cluster decides. */
export function isLed(member: Pick<EtcdMemberStatus, 'role'> | undefined): boolean {
  return member?.role === 'leader' || member?.role === 'follower';
}

/** Milliseconds for a member that is silent: whoever asks for the status wants to know now. */
const patience = { retryForMs: 0, timeoutMs: 3000 };

async function memberStatus(member: EtcdMember, door: EtcdDoor): Promise<Silent> {
  const known = {
    name: memberName(member),
    id: hexId(member.id),
    peerUrl: member.peerURLs[0] ?? '',
    votes: !member.isLearner,
  };
  const silent = (role: EtcdRole) => ({ ...known, role, version: undefined, databaseBytes: undefined });
  if (!hasStarted(member)) return silent('not started');
  try {
    const { version, databaseBytes, leaderId } = await door.ask((client) => client.status(), {
      servers: member.clientURLs,
      ...patience,
    });
    const led: EtcdRole = leaderId === member.id ? 'leader' : 'follower';
    const role: EtcdRole = leaderId === '0' ? 'without a leader' : led;
    return { ...known, role: member.isLearner ? 'learner' : role, version, databaseBytes };
  } catch (error) {
    if (!(error instanceof KinitError)) throw error;
    return silent('does not answer');
  }
}

function tolerance(members: readonly EtcdMemberStatus[]): number {
  const voters = members.filter(({ votes }) => votes);
  const living = voters.filter(isLed);
  return living.length - quorum(voters.length);
}
