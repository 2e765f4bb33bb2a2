import { describe, expect, it } from 'vitest';
import { readConfigFile } from '../../../src/config/read.ts';
import { hostFingerprint } from '../../../src/inventory/node-documents.ts';
import { readInventory } from '../../../src/inventory/read.ts';
import { refuseSnapshotsOfOthers, snapshotScheduleOf } from '../../../src/inventory/snapshots.ts';
import type { ClusterFile } from '../../../src/inventory/types.ts';
import { calendar } from '../../../src/manifests/snapshot-timer.ts';
import { problemsOf } from '../problems.ts';

const file = (more: string) => `apiVersion: kinit.dev/v1alpha1
kind: Inventory
hosts:
- { name: m1, address: 10.0.0.11, role: control-plane }
- { name: w1, address: 10.0.0.12 }
${more}`;

async function read(more: string) {
  const documents = (await readConfigFile(file(more), 'cluster.yaml')) as ClusterFile;
  return { documents, inventory: readInventory(documents.inventory) };
}

describe('regular snapshots', () => {
  it('are none where nobody asks for them', async () => {
    expect(snapshotScheduleOf((await read('')).inventory)).toBeUndefined();
  });

  it('are one a day at midnight, and a week of them, where no more is said', async () => {
    expect(snapshotScheduleOf((await read('snapshots: {}')).inventory)).toEqual({
      every: 86_400,
      at: 0,
      directory: '/var/lib/kinit/etcd-snapshots',
      keep: 7,
    });
  });

  it('count for control planes alone, and a file without them says what it said before', async () => {
    const [without, with_] = [await read(''), await read('snapshots: { every: 6h }')];
    const same = without.inventory.hosts.map((host, at) => {
      const other = with_.inventory.hosts[at]!;
      return (
        hostFingerprint(without.documents, without.inventory, host) ===
        hostFingerprint(with_.documents, with_.inventory, other)
      );
    });
    expect(same).toEqual([false, true]);
  });

  it.each([
    ['{ every: 7h }', /snapshots\.every: "7h" is no even part of a day/],
    ['{ every: 90s }', /snapshots\.every/],
    ['{ every: 0s }', /snapshots\.every/],
    ['{ every: 48h }', /snapshots\.every/],
    ['{ every: "daily; rm -rf /" }', /snapshots\.every/],
    ['{ at: "25:00" }', /snapshots\.at: "25:00" is no time of day/],
    ['{ directory: backups }', /snapshots\.directory: "backups" is no folder/],
    ['{ directory: "/a/../etc" }', /snapshots\.directory/],
    ['{ directory: "/a b" }', /snapshots\.directory/],
    ['{ directory: / }', /snapshots\.directory/],
    ['{ directory: /var/lib/etcd/backups }', /is below \/var\/lib\/etcd, which reset empties/],
    ['{ keep: -1 }', /snapshots\.keep/],
    ['{ often: 1h }', /snapshots\.often: is not a field here/],
  ])('are refused with their place: %s', async (text, message) => {
    const problems = await problemsOf(read(`snapshots: ${text}`).then(({ inventory }) => inventory));
    expect(problems).toEqual([expect.stringMatching(message)]);
  });

  it('are refused where etcd runs elsewhere', async () => {
    const external = 'external: { endpoints: [https://10.0.0.5:2379], caFile: /a, certFile: /b, keyFile: /c }';
    const { documents, inventory } = await read(
      `snapshots: {}\n---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\netcd: { ${external} }\n`,
    );
    expect(() => refuseSnapshotsOfOthers(documents, inventory)).toThrow(/snapshots: etcd runs elsewhere/);
  });
});

describe('the calendar of systemd', () => {
  it.each([
    ['a day', 1440, 150, '*-*-* 02:30:00'],
    ['six hours', 360, 0, '*-*-* 00/6:00:00'],
    ['six hours, counted from a time of day', 360, 20 * 60 + 15, '*-*-* 02/6:15:00'],
    ['an hour', 60, 90, '*-*-* *:30:00'],
    ['a quarter', 15, 67, '*-*-* *:07/15:00'],
    ['a minute', 1, 0, '*-*-* *:00/1:00'],
  ])('has one every %s', (_, minutes, at, words) => {
    expect(calendar({ every: minutes * 60, at })).toBe(words);
  });
});
