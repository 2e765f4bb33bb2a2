import { describe, expect, it } from 'vitest';
import type { EtcdStatus } from '../../../src/etcd/answer-fields.ts';
import { snapshotOrder, snapshotRole } from '../../../src/etcd/snapshot-member.ts';

const candidate = (id: string, change: Partial<EtcdStatus> = {}, isLearner = false) => ({
  member: { id, name: `m${id}`, peerURLs: [], clientURLs: [], isLearner },
  status: {
    version: '3.5.16',
    memberId: id,
    leaderId: '1',
    isLearner,
    databaseBytes: 1,
    usedBytes: 1,
    revision: 1,
    appliedIndex: 100_000,
    ...change,
  },
});

describe('the member that gives a snapshot', () => {
  it.each([
    ['a follower before the leader', [candidate('1'), candidate('2')], ['m2', 'm1']],
    ['the leader where it is alone', [candidate('1')], ['m1']],
    [
      'of followers the one that has applied the most',
      [candidate('1'), candidate('2', { appliedIndex: 99_998 }), candidate('3', { appliedIndex: 99_999 })],
      ['m3', 'm2', 'm1'],
    ],
    [
      'the leader before a follower that lags far behind',
      [candidate('1'), candidate('2', { appliedIndex: 90_000 })],
      ['m1', 'm2'],
    ],
    ['never a learner', [candidate('1'), candidate('2', {}, true)], ['m1']],
    [
      'without a leader whoever has applied the most',
      [candidate('2', { leaderId: '0', appliedIndex: 7 }), candidate('3', { leaderId: '0', appliedIndex: 9 })],
      ['m3', 'm2'],
    ],
    ['nobody where nobody answers', [], []],
  ])('is %s', (_, candidates, order) => {
    expect(snapshotOrder(candidates, []).map(({ member }) => member.name)).toEqual(order);
  });

  it('is never one whose data are broken; one that is full may be', () => {
    const alarms = [
      { memberId: '2', alarm: 'CORRUPT' },
      { memberId: '3', alarm: 'NOSPACE' },
    ];
    const order = snapshotOrder([candidate('1'), candidate('2'), candidate('3')], alarms);
    expect(order.map(({ member }) => member.name)).toEqual(['m3', 'm1']);
  });

  it('is told by its role', () => {
    const roles = [candidate('1'), candidate('2'), candidate('3', { leaderId: '0' })].map(snapshotRole);
    expect(roles).toEqual(['leader', 'follower', 'without a leader']);
  });
});
