import { setTimeout as sleep } from 'node:timers/promises';
import { exitCodes, KinitError } from '../../errors.ts';
import type { EtcdStatus } from '../../etcd/answer-fields.ts';
import { type EtcdMember, hasStarted, hexId, memberName } from '../../etcd/members.ts';
import { throwIfInterrupted } from '../../execute/interrupted.ts';
import type { Run } from '../../execute/run.ts';
import type { EtcdDoors } from './doors.ts';

/** What a member of etcd says of itself. */
export interface MemberState {
  readonly member: EtcdMember;
  readonly name: string;
  /** As etcdctl prints it. */
  readonly id: string;
  readonly role: 'leader' | 'follower' | 'learner' | 'without a leader' | 'not started' | 'does not answer';
  /** undefined where it does not answer. */
  readonly status: EtcdStatus | undefined;
  /** `NOSPACE`, `CORRUPT`. */
  readonly alarms: readonly string[];
}

/** Every member, each asked for itself. Never throws for one that does not answer. */
export async function memberStates(doors: EtcdDoors): Promise<readonly MemberState[]> {
  const alarms = await doors.alarms();
  return Promise.all(
    doors.members.map(async (member): Promise<MemberState> => {
      const status = hasStarted(member)
        ? await doors.ask(member, (client) => client.status(), shortly).catch(unreached)
        : undefined;
      const own = alarms.filter(({ memberId }) => memberId === member.id).map(({ alarm }) => alarm);
      return {
        member,
        name: memberName(member),
        id: hexId(member.id),
        role: roleOf(member, status),
        status,
        alarms: own,
      };
    }),
  );
}

/** Milliseconds for a member that is silent. */
const shortly = { retryForMs: 0, timeoutMs: 5000 };

function unreached(error: unknown): undefined {
  if (!(error instanceof KinitError)) throw error;
  return undefined;
}

function roleOf(member: EtcdMember, status: EtcdStatus | undefined): MemberState['role'] {
  if (!hasStarted(member)) return 'not started';
  if (status === undefined) return 'does not answer';
  if (status.leaderId === '0') return 'without a leader';
  if (member.isLearner) return 'learner';
  return status.leaderId === member.id ? 'leader' : 'follower';
}

/** What defragmenting gave back of one member. */
export interface Defragmented {
  readonly name: string;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
}

/**
 * Defragments all members, one at a time and the leader last: a member answers nobody while it is at it. Throws KinitError
 * where one of them is not well before (exit 2, nothing was done) or does not come back.
 */
export async function defragment(doors: EtcdDoors, run: Run): Promise<readonly Defragmented[]> {
  const states = await memberStates(doors);
  const ill = states.filter(({ role }) => role !== 'leader' && role !== 'follower' && role !== 'learner');
  if (ill.length > 0) {
    const names = ill.map(({ name, role }) => `${name} (${role})`).join(', ');
    throw new KinitError(
      `not every member of etcd is well, and one that is defragmented answers nobody meanwhile: ${names}`,
      {
        exitCode: exitCodes.preflight,
        hint: '`kinit etcd status` shows them; mend them first, or take them out: `kinit node remove`',
      },
    );
  }
  const done: Defragmented[] = [];
  for (const { member, name, role, status } of defragmentationOrder(states)) {
    throwIfInterrupted(run.signal, doors.hostOf(member).name);
    const text = `[etcd] Defragmenting ${name} (${role})`;
    run.reporter.report({ type: 'line', host: doors.hostOf(member).name, phase: 'etcd', text });
    await doors.ask(member, (client) => client.defragment(), { retryForMs: 0, timeoutMs: longestDefragmentation });
    await untilWell(member, doors, run);
    const after = await doors.ask(member, (client) => client.status(), shortly);
    done.push({ name, bytesBefore: status?.databaseBytes ?? 0, bytesAfter: after.databaseBytes });
  }
  return done;
}

/** Milliseconds. */
const longestDefragmentation = 10 * 60_000;
const longestRecovery = 60_000;

/** The leader last: while it is at it the cluster may choose another one. */
function defragmentationOrder(states: readonly MemberState[]): readonly MemberState[] {
  return states.toSorted((a, b) => Number(a.role === 'leader') - Number(b.role === 'leader'));
}

async function untilWell(member: EtcdMember, doors: EtcdDoors, { signal }: Run): Promise<void> {
  for (const end = Date.now() + longestRecovery; ; await sleep(100, undefined, { signal }).catch(() => {})) {
    throwIfInterrupted(signal, doors.hostOf(member).name);
    const status = await doors.ask(member, (client) => client.status(), shortly).catch(unreached);
    if (status !== undefined && status.leaderId !== '0') return;
    if (Date.now() < end) continue;
    throw new KinitError(`${memberName(member)} is defragmented and has no leader since; the others were left alone`, {
      host: doors.hostOf(member).name,
      hint: 'look at its container etcd with `crictl ps -a` and `crictl logs CONTAINERID`',
    });
  }
}

/** Disarms every alarm; returns what they were, with their members' names. Throws KinitError. */
export async function disarm(doors: EtcdDoors): Promise<readonly { readonly name: string; readonly alarm: string }[]> {
  const alarms = await doors.alarms();
  const disarmed = alarms.map(({ memberId, alarm }) => {
    const member = doors.members.find(({ id }) => id === memberId);
    return { memberId, alarm, name: member === undefined ? hexId(memberId) : memberName(member) };
  });
  for (const { memberId, alarm } of disarmed) await doors.askAny((client) => client.disarm({ memberId, alarm }));
  return disarmed.map(({ name, alarm }) => ({ name, alarm }));
}
