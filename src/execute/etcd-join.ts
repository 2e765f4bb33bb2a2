import { setTimeout as sleep } from 'node:timers/promises';
import { exitCodes, KinitError } from '../errors.ts';
import { EtcdError } from '../etcd/error.ts';
import type { EtcdClient } from '../etcd/gateway.ts';
import { type EtcdMember, hasStarted, memberAt, memberName } from '../etcd/members.ts';
import { staticPodFile } from '../release/paths.ts';
import type { EtcdMemberChange } from './change.ts';
import { type EtcdDoor, etcdDoor } from './etcd-access.ts';
import { lostQuorum } from './etcd-silent.ts';
import { throwIfInterrupted } from './interrupted.ts';
import { shownAgain, untilShownAgain } from './shown-again.ts';
import type { Target } from './target.ts';
import { expired } from './wait.ts';

/** Milliseconds between two questions: short ones at first, then kubeadm's EtcdAPICallRetryInterval. */
const pauses = { first: 50, longest: 500 } as const;
/** Milliseconds for one answer. */
const timeoutMs = 5000;

/**
 * Announces a member as a learner to the others, which go on without it as long as it has not started. One that is known
 * by its peer URL is not announced again. etcd has room for one learner: while that is another's, this waits and says so.
 * Throws KinitError at its deadline.
 */
export async function announceMember(change: EtcdMemberChange, target: Target): Promise<void> {
  await untilDeadline(change, target, `etcd to take the member ${change.peerUrl}`, async (door) => {
    const members = await voters(door, change);
    if (memberAt(members.all, change.peerUrl) !== undefined) return done;
    try {
      await door.ask((client) => client.add(change.peerUrl, 'learner'), { servers: members.servers, timeoutMs });
      return done;
    } catch (error) {
      return { why: whyNot(error, members.all) };
    }
  });
}

/**
 * Waits until a member that was announced has started, gives it its vote when it has caught up, and waits until it is
 * healthy. Throws KinitError at its deadline, with what the host itself says.
 */
export async function promoteMember(change: EtcdMemberChange, target: Target): Promise<void> {
  const { peerUrl } = change;
  let due = Date.now() + untilShownAgain;
  await untilDeadline(change, target, `the etcd member ${peerUrl} to start and to catch up`, async (door) => {
    const { all, servers } = await voters(door, change);
    const own = memberAt(all, peerUrl);
    if (own === undefined)
      return { error: new KinitError(`somebody has taken the etcd member ${peerUrl} out of its cluster`, again) };
    if (!hasStarted(own)) {
      if (Date.now() > due) {
        await target.host.run(shownAgain(staticPodFile('etcd')), { deadline: 60 }).catch(() => {});
        due = Date.now() + untilShownAgain;
      }
      return { why: 'it has not started yet' };
    }
    if (own.isLearner) {
      try {
        const promoted = await door.ask((client) => client.promote(own.id), { servers, timeoutMs });
        return promoted
          ? { why: 'it has its vote, and is not healthy yet', soon: true }
          : { why: 'it has not caught up yet' };
      } catch (error) {
        return { why: messageOf(error) };
      }
    }
    const healthy = await door.ask((client) => client.healthy(), { servers: own.clientURLs, timeoutMs });
    return healthy.size > 0 ? done : { why: 'it is not healthy yet' };
  });
}

/** Waits until a member is the only one of its cluster, and leads it. Throws KinitError at its deadline. */
export async function awaitAlone(change: EtcdMemberChange, target: Target): Promise<void> {
  const { peerUrl, access } = change;
  const how = { servers: access.servers, timeoutMs, retryForMs: 0 };
  await untilDeadline(change, target, `the etcd member ${peerUrl} to lead a cluster of its own`, async (door) => {
    try {
      const [members, status] = await door.ask(
        async (client) => [await client.members(), await client.status()] as const,
        how,
      );
      if (members.length > 1) return { why: `it has ${members.length} members` };
      return status.leaderId === memberAt(members, peerUrl)?.id ? done : { why: 'it has no leader yet' };
    } catch (error) {
      if (error instanceof KinitError) return { why: 'it does not answer yet' };
      throw error;
    }
  });
}

/** Milliseconds until members that keep a join waiting are asked one by one whether they live, and again. */
const betweenQuorums = 10_000;

const adviceOnQuorum =
  'start that host again, then run the same command again; where it is lost for good: `kinit etcd force-new-cluster` on a control plane that is left';

const again = { hint: 'run the same command again' } as const;

/** What one look has shown: that it is over, why it is not yet, or why it never will be. */
type Look = typeof done | { readonly why: string; readonly soon?: boolean } | { readonly error: KinitError };

const done = 'done';

async function untilDeadline(
  { access, peerUrl, deadline = 120, advice = '' }: EtcdMemberChange,
  target: Target,
  what: string,
  look: (door: EtcdDoor) => Promise<Look>,
): Promise<void> {
  const { host, reporter, signal } = target;
  const door = await etcdDoor(host, access);
  const end = Date.now() + deadline * 1000;
  let told = '';
  let lost: string | undefined;
  let askedForQuorum = Date.now();
  for (let pause: number = pauses.first; ; pause = Math.min(pause * 1.5, pauses.longest)) {
    throwIfInterrupted(signal, host.name);
    const seen = await look(door).catch((error: unknown): Look => ({ why: messageOf(error) }));
    if (seen === done) return;
    if ('error' in seen) throw seen.error;
    const isOver = Date.now() > end;
    if (isOver || Date.now() > askedForQuorum + betweenQuorums) {
      lost = await lostQuorum(door, peerUrl);
      askedForQuorum = Date.now();
    }
    const text = `${what}: ${lost ?? seen.why}`;
    if (text !== told) reporter.report({ type: 'waiting', host: host.name, what: text, deadline });
    told = text;
    if (isOver && lost !== undefined)
      throw new KinitError(`timed out after ${deadline}s waiting for ${text}`, {
        host: host.name,
        hint: adviceOnQuorum,
      });
    if (isOver) throw await expired({ what: text, deadline, advice }, target);
    if (!seen.soon) await sleep(pause, undefined, { signal }).catch(() => {});
  }
}

/** All members, and the client URLs of those that vote, others before the one that joins. Throws KinitError. */
async function voters(door: EtcdDoor, { access, peerUrl }: EtcdMemberChange) {
  const all = await door.ask((client: EtcdClient) => client.members(), { timeoutMs });
  const others = all.filter((one) => !one.isLearner && hasStarted(one) && !one.peerURLs.includes(peerUrl));
  const urls = others.flatMap(({ clientURLs }) => clientURLs);
  return { all, servers: urls.length === 0 ? access.servers : urls };
}

/** Why etcd takes no member now; whoever stands in the way is named. Throws what is no answer of etcd's. */
function whyNot(error: unknown, members: readonly EtcdMember[]): string {
  const message = messageOf(error);
  const learner = members.find(({ isLearner }) => isLearner);
  if (!/too many learner/.test(message) || learner === undefined) return message;
  return `it is the turn of ${memberName(learner)} at ${learner.peerURLs.join(', ')}, since etcd takes one new member at a time`;
}

/** Of what may pass: an answer that says no, or members that are not reached. Throws what does not. */
function messageOf(error: unknown): string {
  const passes = error instanceof KinitError && error.exitCode === exitCodes.phaseFailed;
  if (error instanceof EtcdError || passes) return error.message;
  throw error;
}
