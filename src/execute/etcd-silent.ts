import { type EtcdMember, hasStarted, memberName, quorum } from '../etcd/members.ts';
import type { EtcdDoor } from './etcd-access.ts';

/** Milliseconds for the answer of a member that lives, by a status that it gives without the others. */
const timeoutMs = 3000;

/**
 * Why etcd can decide nothing: which of its voting members, beside the one that is on its way, do not answer. Undefined as
 * long as a quorum answers, or where nobody says who they are.
 */
export async function lostQuorum(door: EtcdDoor, own: string): Promise<string | undefined> {
  const all = await door.ask((client) => client.members(), { timeoutMs }).catch(() => []);
  const voters = all.filter((one) => !one.isLearner && hasStarted(one));
  const answers = await Promise.all(voters.map((one) => answersAt(door, one)));
  const silent = voters.filter(({ peerURLs }, index) => !answers[index] && !peerURLs.includes(own));
  if (silent.length === 0 || answers.filter(Boolean).length >= quorum(voters.length)) return undefined;
  const names = silent.map((one) => `${memberName(one)} at ${one.clientURLs.join(', ')}`);
  return `etcd has no quorum, since ${names.join(' and ')} ${names.length === 1 ? 'does' : 'do'} not answer`;
}

async function answersAt(door: EtcdDoor, { clientURLs }: EtcdMember): Promise<boolean> {
  const asked = door.ask((client) => client.status(), { servers: clientURLs, timeoutMs, retryForMs: 0 });
  return asked.then(
    () => true,
    () => false,
  );
}
