import { describe, expect, test } from 'vitest';
import { defined } from '../../../../src/defined.ts';
import { nothingObserved, type SeenEtcd } from '../../../../src/execute/observed.ts';
import type { ResetContext } from '../../../../src/phases/reset/context.ts';
import { emptyEtcdData, removeEtcdMember } from '../../../../src/phases/reset/remove-etcd-member.ts';

const member = (last: number) => ({
  id: String(last),
  name: `cp${last}`,
  peerURLs: [`https://192.0.2.${last}:2380`],
  clientURLs: [`https://192.0.2.${last}:2379`],
  isLearner: false,
});

const cluster = (ids: readonly number[], healthy: readonly number[] = ids): SeenEtcd => ({
  members: ids.map(member),
  healthy: new Set(healthy.map(String)),
  alarms: [],
});

/** What the phase wants on cp1, a member of this cluster. */
function wanted(etcd: SeenEtcd | undefined, { force = false, isMember = true } = {}) {
  const context = {
    config: { force, certificatesDir: '/etc/kubernetes/pki' },
    resident: {
      isControlPlane: true,
      etcd: isMember ? { dataDir: '/var/lib/etcd', peerUrl: 'https://192.0.2.1:2380', servers: [] } : undefined,
    },
  } as unknown as ResetContext;
  return removeEtcdMember.desired(context, { ...nothingObserved, ...defined({ etcd }) });
}

describe('the etcd member of a control plane', () => {
  test.each([
    ['one of three', [1, 2, 3], [1, 2, 3]],
    ['one of two', [1, 2], [1, 2]],
    ['itself dead, one of three', [1, 2, 3], [2, 3]],
  ])('leaves its cluster: %s', (_, ids, healthy) => {
    const [change] = wanted(cluster(ids, healthy));
    expect(change).toMatchObject({ kind: 'etcd-member', peerUrl: 'https://192.0.2.1:2380' });
    expect(change).not.toHaveProperty('optional');
  });

  test.each([
    ['is the only one', [1]],
    ['has left already', [2, 3]],
  ])('stays where it %s', (_, ids) => {
    expect(wanted(cluster(ids))).toEqual([]);
  });

  test('does not go where the others cannot decide without it, unless forced: then nothing stops for it', () => {
    const degraded = cluster([1, 2, 3], [1, 2]);
    expect(() => wanted(degraded)).toThrow('loses its quorum');
    expect(wanted(degraded, { force: true })).toMatchObject([{ kind: 'etcd-member', optional: true }]);
  });

  test('is taken to leave one of several that are well where nobody asks them, as in a plan', () => {
    expect(wanted(undefined)).toMatchObject([{ kind: 'etcd-member', peerUrl: 'https://192.0.2.1:2380' }]);
  });

  test('is told of where etcd does not answer, and nothing stops for it', () => {
    expect(wanted({ problem: 'connection refused' })).toMatchObject([
      { kind: 'note', warning: true, text: expect.stringContaining('connection refused') as string },
    ]);
  });

  test.each<[string, string, readonly string[], object]>([
    ['its own directory', '/data/etcd', ['member'], { path: '/data/etcd', contents: true }],
    ['an empty one', '/data/etcd', [], { path: '/data/etcd', contents: true }],
    ['kubeadm’s own, whatever is in it', '/var/lib/etcd', ['member', 'x'], { path: '/var/lib/etcd', contents: true }],
    ['one where others are', '/data', ['backups', 'member', 'mysql'], { path: '/data/member' }],
    ['the root of the host', '/', ['etc', 'member', 'usr'], { path: '/member' }],
  ])('leaves no data behind, and the data of others alone: %s', (_, dataDir, entries, removed) => {
    const context = { resident: { etcd: { dataDir } } } as unknown as ResetContext;
    const seen = { type: 'directory', mode: 0o700, owner: 'root:root', modified: 0, entries } as const;
    const [change, note] = emptyEtcdData.desired(context, { ...nothingObserved, paths: new Map([[dataDir, seen]]) });
    expect(change).toMatchObject({ kind: 'absent', ...removed });
    expect(change).toHaveProperty('path', (removed as { path: string }).path);
    expect('contents' in (change ?? {})).toBe('contents' in removed);
    expect(note === undefined).toBe('contents' in removed);
  });

  test('of an external etcd is left to the operator, in kubeadm’s words', () => {
    expect(wanted(cluster([1]), { isMember: false })).toMatchObject([
      { text: '[reset] No etcd config found. Assuming external etcd' },
      { text: '[reset] Please, manually reset etcd to prevent further issues' },
    ]);
  });
});
