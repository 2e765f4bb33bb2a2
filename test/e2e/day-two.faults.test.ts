import { describe, expect, it } from 'vitest';
import { figure } from './day-two.ts';
import { members } from './etcd.ts';
import { kit, on } from './kit.ts';
import { losingAll } from './losing-all.ts';
import { renewing } from './renewing.ts';
import { rotating } from './rotating.ts';
import { settling } from './settling.ts';
import { snapshotFaults } from './snapshot-faults.ts';
import { putKubeadm, threeMasters } from './three-masters.ts';

// What happens to a cluster of three control planes after its first day, one story on the same hosts.
const k = kit('day-two');
const given = threeMasters(k);

describe('three control planes and a worker', () => {
  it('are made of one file', async () => {
    given.write();
    const { code, told, seconds } = await given.kinit('up');
    expect(code, told).toBe(0);
    const fetched = await given.kinit('kubeconfig', 'fetch', '--to', k.kubeconfig);
    expect(fetched.code, fetched.told).toBe(0);
    figure('bare to Ready', seconds);
    await putKubeadm(given);
    expect(await members(given.masters()[0]!)).toEqual(['m1', 'm2', 'm3']);
    expect(await on(given.worker(), 'getent', 'hosts', 'api.kinit.internal')).toMatch(/^127\.0\.0\.1 /);
  });
});

describe('snapshots', () => snapshotFaults(given));
describe('the settings of three control planes, edited,', () => settling(given));
describe('the certificates of three control planes', () => renewing(given));
describe('another CA for three control planes', () => rotating(given));
describe('a cluster whose machines are all lost', () => losingAll(given, () => putKubeadm(given)));
