import type { EtcdStatus } from './answer-fields.ts';
import type { EtcdAlarm, EtcdMember } from './members.ts';

/** A member that could give a snapshot, with what it says of itself. */
export interface SnapshotCandidate {
  readonly member: EtcdMember;
  readonly status: EtcdStatus;
}

export type SnapshotRole = 'follower' | 'leader' | 'without a leader';

/** What a voting member is at the moment. */
export function snapshotRole({ member, status }: SnapshotCandidate): SnapshotRole {
  if (status.leaderId === '0') return 'without a leader';
  return status.leaderId === member.id ? 'leader' : 'follower';
}

/**
 * From which members a snapshot is taken, the best first: a follower, so that the leader is not slowed, and of followers the
 * one that has applied the most; then the leader; where there is none, whoever has applied the most. Never a learner, which
 * need not have all, or one whose data are broken (alarm CORRUPT).
 */
export function snapshotOrder(
  candidates: readonly SnapshotCandidate[],
  alarms: readonly EtcdAlarm[],
): readonly SnapshotCandidate[] {
  const corrupt = new Set(alarms.filter(({ alarm }) => alarm === 'CORRUPT').map(({ memberId }) => memberId));
  const sound = candidates.filter(({ member }) => !member.isLearner && !corrupt.has(member.id));
  const newest = Math.max(...sound.map(({ status }) => status.appliedIndex));
  const place = (candidate: SnapshotCandidate): number => {
    const isBehind = newest - candidate.status.appliedIndex > farBehind;
    return places[snapshotRole(candidate)] + (isBehind ? 10 : 0);
  };
  return sound.toSorted((a, b) => place(a) - place(b) || b.status.appliedIndex - a.status.appliedIndex);
}

const places = { follower: 0, leader: 1, 'without a leader': 2 } as const;

/** Entries: etcd itself takes no proposals when applying is so far behind (maxGapBetweenApplyAndCommitIndex, server/etcdserver/v3_server.go). */
const farBehind = 5000;
