import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { exitCodes } from '../../../src/errors.ts';
import { openBolt } from '../../../src/etcd/bolt.ts';
import { keepNewest, listSnapshots } from '../../../src/etcd/snapshot-folder.ts';
import { snapshotName } from '../../../src/etcd/snapshot-name.ts';
import { caCertHash } from '../../../src/kube/ca-pin.ts';
import { refuseOtherCluster, verifySnapshot } from '../../../src/workflows/etcd/verify-snapshot.ts';
import { type Pair, testAuthority } from '../../certificates.ts';
import { boltDatabase, etcdEntry } from '../../fakes/bolt.ts';

let folder: string;
let authority: Pair;
beforeAll(async () => {
  authority = await testAuthority('kubernetes');
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinit-snapshot-'));
});
afterEach(() => rm(folder, { recursive: true }));

const clusterInfo = '/registry/configmaps/kube-public/cluster-info';
const infoOf = (ca: string) => `k8s\0kubeconfig: certificate-authority-data: ${Buffer.from(ca).toString('base64')}\n`;

async function place(name: string, database: Buffer): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, Buffer.concat([database, createHash('sha256').update(database).digest()]));
  return path;
}

const many = Array.from({ length: 20 }, (_, index) =>
  etcdEntry(index + 2, `/registry/pods/p${index}`, 'x'.repeat(3000)),
);

describe('a snapshot that is verified', () => {
  it('tells its revision, its keys and of which cluster it is', async () => {
    const path = await place(
      'a.db',
      boltDatabase({ key: [...many, etcdEntry(40, clusterInfo, infoOf(authority.certificate))] }),
    );
    const found = await verifySnapshot(path);
    expect(found).toMatchObject({ path, revision: 40, keys: 21, clusters: [caCertHash(authority.certificate)] });
    expect(() => refuseOtherCluster(found, caCertHash(authority.certificate))).not.toThrow();
    expect(() => refuseOtherCluster(found, 'sha256:00')).toThrow(
      /is of the cluster with the CA sha256:.*nothing was touched/,
    );
  });

  it('goes by the newest value of a key, and by none that was deleted', async () => {
    const other = (await testAuthority('other')).certificate;
    const moved = [etcdEntry(2, clusterInfo, infoOf(other)), etcdEntry(3, clusterInfo, infoOf(authority.certificate))];
    expect(await verifySnapshot(await place('a.db', boltDatabase({ key: moved })))).toMatchObject({
      clusters: [caCertHash(authority.certificate)],
    });
    const gone = await verifySnapshot(
      await place('b.db', boltDatabase({ key: [...moved, etcdEntry(4, clusterInfo, undefined)] })),
    );
    expect(gone).toMatchObject({ clusters: [], revision: 4 });
    expect(() => refuseOtherCluster(gone, 'sha256:00')).toThrow('does not tell of which cluster it is');
  });

  it('holds nothing where etcd holds nothing', async () => {
    expect(await verifySnapshot(await place('a.db', boltDatabase({ key: [] })))).toMatchObject({
      revision: 0,
      keys: 0,
    });
    expect(await verifySnapshot(await place('b.db', boltDatabase({})))).toMatchObject({ revision: 0, keys: 0 });
  });

  const damages: readonly (readonly [string, (database: Buffer) => void])[] = [
    ['has a root that is not as it says', (database) => database.writeUInt8(9, database.length - 4096)],
    ['has a page of another number', (database) => database.writeUInt8(9, 3 * 4096)],
    ['has an element that leads out of its page', (database) => database.writeUInt32LE(1 << 30, 3 * 4096 + 16 + 8)],
    ['has a page of no kind', (database) => database.writeUInt16LE(0, 3 * 4096 + 8)],
    [
      'goes in circles',
      (database) => database.writeBigUInt64LE(BigInt(database.length / 4096 - 2), database.length - 2 * 4096 + 16 + 8),
    ],
  ];
  it.each(damages)('is refused where its database %s, with a digest that is right', async (_, damage) => {
    const database = boltDatabase({ key: many });
    damage(database);
    await expect(verifySnapshot(await place('a.db', database))).rejects.toMatchObject({
      message: expect.stringContaining('its database is damaged'),
      exitCode: exitCodes.badInput,
    });
  });

  it('has keys in the order of their pages, and a last one that costs a few', async () => {
    const database = boltDatabase({ key: many, meta: [[Buffer.from('consistent_index'), Buffer.alloc(8)]] });
    let reads = 0;
    const file = {
      size: database.length,
      read: async (offset: number, length: number) => {
        reads++;
        return database.subarray(offset, offset + length);
      },
    };
    const bolt = await openBolt(file, database.length);
    const keys: Buffer[] = [];
    for await (const { key } of bolt.entries('key')) keys.push(key);
    expect(keys).toEqual(many.map(([key]) => key));
    const before = reads;
    expect(await bolt.lastKey('key')).toEqual(many.at(-1)?.[0]);
    expect(reads - before).toBeLessThanOrEqual(4);
    expect(await bolt.lastKey('none')).toBeUndefined();
  });
});

describe('a folder of snapshots', () => {
  const pin = (digit: string) => `sha256:${digit.repeat(64)}`;
  const time = (day: number) => Date.UTC(2026, 10, day, 12);
  const database = boltDatabase({ key: many });

  it('is listed the newest first, with what is not whole', async () => {
    await place(snapshotName(pin('a'), time(1)), database);
    await place(snapshotName(pin('b'), time(3)), database);
    await writeFile(join(folder, snapshotName(pin('a'), time(2))), database.subarray(0, 5000));
    await writeFile(join(folder, 'notes.txt'), 'no snapshot');
    const listed = await listSnapshots(folder);
    expect(
      listed.map(({ time: when, cluster, revision, problem }) => [when, cluster, revision, problem !== undefined]),
    ).toEqual([
      [time(3), 'bbbbbbbb', 21, false],
      [time(2), 'aaaaaaaa', undefined, true],
      [time(1), 'aaaaaaaa', 21, false],
    ]);
    expect(listed[1]?.problem).toMatch(/^truncated/);
  });

  it('keeps the newest of a cluster, all of others and whatever has another name', async () => {
    for (const day of [1, 2, 3, 4]) await place(snapshotName(pin('a'), time(day)), database);
    await place(snapshotName(pin('b'), time(1)), database);
    await place('mine.db', database);
    expect(await keepNewest(folder, 2, pin('a'), Date.now())).toEqual(
      [2, 1].map((day) => snapshotName(pin('a'), time(day))),
    );
    expect((await readdir(folder)).toSorted()).toEqual(
      [
        ...[3, 4].map((day) => snapshotName(pin('a'), time(day))),
        snapshotName(pin('b'), time(1)),
        'mine.db',
      ].toSorted(),
    );
  });

  it('loses what a killed run has left unfinished, and nothing that is being written', async () => {
    const [dead, living] = [1, 2].map((day) => `.${snapshotName(pin('a'), time(day))}.part`) as [string, string];
    for (const name of [dead, living]) await writeFile(join(folder, name), 'half');
    await utimes(join(folder, dead), 1000, 1000);
    await keepNewest(folder, 3, pin('a'), Date.now());
    expect(await readdir(folder)).toEqual([living]);
  });
});
