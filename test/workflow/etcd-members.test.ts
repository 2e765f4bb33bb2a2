import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { statusText } from '../../src/report/status-text.ts';
import { etcdMembers } from '../../src/workflows/cluster/etcd-members.ts';
import { isHealthy, status } from '../../src/workflows/cluster/status.ts';
import { FakeEtcd } from '../fakes/etcd.ts';
import { FakeHost } from '../fakes/host.ts';
import { FakeKube } from '../fakes/kube.ts';
import { type EtcdPki, etcdPki, firstMaster, m1, m2, m3 } from './etcd/first-master.ts';

let pki: EtcdPki;
let etcd: FakeEtcd;
let host: FakeHost;

beforeAll(async () => {
  pki = await etcdPki();
});

beforeEach(() => {
  etcd = new FakeEtcd(pki.authority, m1);
  host = firstMaster(etcd, pki, 'registry.k8s.io/etcd:3.5.16-0');
});

const told = async () => {
  const seen = await status([{ name: 'm1', role: 'control-plane', reached: host }], new FakeKube());
  return { isHealthy: isHealthy({ ...seen, hosts: [] }), text: statusText(seen, 0) };
};

describe('the members of etcd', () => {
  test('are told with their role, version and size, and what may be lost of them', async () => {
    etcd.bring(m2);
    etcd.bring(m3);
    const seen = await etcdMembers(host);
    expect(seen?.members.map(({ name, role, version, databaseBytes }) => [name, role, version, databaseBytes])).toEqual(
      [
        ['m1', 'leader', '3.5.16', 20480],
        ['m2', 'follower', '3.5.16', 20480],
        ['m3', 'follower', '3.5.16', 20480],
      ],
    );
    expect(seen?.tolerates).toBe(1);
    const { isHealthy, text } = await told();
    expect(isHealthy).toBe(true);
    expect(text).toMatch(/^m3 +https:\/\/192\.0\.2\.12:2380 +follower +3\.5\.16 +0\.0 MiB *$/m);
    expect(text).toContain('etcd goes on after the loss of any one member\n');
  });

  test('of which one is dead: the cluster works, and stops with the next', async () => {
    etcd.bring(m2);
    etcd.bring(m3);
    etcd.stop(m3.clientURL);
    expect(await etcdMembers(host)).toMatchObject({
      problem: undefined,
      tolerates: 0,
      members: [{}, {}, { name: 'm3', role: 'does not answer', version: undefined }],
    });
    const { isHealthy, text } = await told();
    expect(isHealthy).toBe(false);
    expect(text).toMatch(/^m3 +\S+ +does not answer/m);
    expect(text).toContain('the loss of one more member of etcd stops the cluster\n');
  });

  test('of which too few are left: they have no leader, and nothing can be changed', async () => {
    etcd.bring(m2);
    etcd.bring(m3);
    etcd.stop(m2.clientURL);
    etcd.stop(m3.clientURL);
    const seen = await etcdMembers(host);
    expect(seen?.members.map(({ role }) => role)).toEqual(['without a leader', 'does not answer', 'does not answer']);
    expect(seen?.tolerates).toBe(-2);
    const { isHealthy, text } = await told();
    expect(isHealthy).toBe(false);
    expect(text).toContain('etcd has lost its quorum: nothing can be changed until members are back\n');
  });

  test('that have no vote, or have never started, bear no loss', async () => {
    etcd.bring(m2, { isLearner: true });
    etcd.announce(m3.peerURL);
    const seen = await etcdMembers(host);
    expect(seen?.members.map(({ role }) => role)).toEqual(['leader', 'learner', 'not started']);
    expect(seen?.members[2]?.name).toBe(seen?.members[2]?.id);
    expect(seen?.tolerates).toBe(0);
    const { isHealthy, text } = await told();
    expect([isHealthy, text]).toEqual([false, expect.stringMatching(/^m2 +\S+ +learner/m)]);
  });

  test('that vote and have never started count for the quorum', async () => {
    etcd.announce(m2.peerURL, false);
    const seen = await etcdMembers(host);
    expect(seen?.members.map(({ role, votes }) => [role, votes])).toEqual([
      ['without a leader', true],
      ['not started', true],
    ]);
    expect(seen?.tolerates).toBe(-2);
  });

  test('of which one is full: its alarm stands beside it', async () => {
    etcd.alarms.push({ memberId: etcd.members[0]?.id ?? '', alarm: 'NOSPACE' });
    const { isHealthy, text } = await told();
    expect([isHealthy, text]).toEqual([false, expect.stringMatching(/^m1 .*alarm NOSPACE$/m)]);
    expect(text).toContain('etcd has one member: the cluster does not outlive its loss\n');
  });

  test('that nobody can ask are one problem', async () => {
    etcd.stop(m1.clientURL);
    const seen = await etcdMembers(host);
    expect(seen).toMatchObject({ members: [], problem: expect.stringContaining('192.0.2.10:2379') });
    expect((await told()).text).toMatch(/^ETCD +\S/m);
  });

  test('are not asked for where etcd runs elsewhere', async () => {
    expect(await etcdMembers(new FakeHost())).toBeUndefined();
  });
});
