import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exitCodes, KinitError } from '../../../src/errors.ts';
import { readSnapshot, writeSnapshot } from '../../../src/etcd/snapshot-file.ts';
import { parseSnapshotName, snapshotName } from '../../../src/etcd/snapshot-name.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinit-snapshot-'));
});
afterEach(() => rm(folder, { recursive: true }));

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest();
const database = Buffer.alloc(3 * 4096, 7);
database.writeUInt32LE(0xed0cdaed, 16);
const whole = Buffer.concat([database, sha256(database)]);

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const save = (bytes: Buffer, size = 1000, name = 'a.db') => writeSnapshot(join(folder, name), inPieces(bytes, size));

describe('a snapshot that is written', () => {
  it.each([1, 7, 31, 32, 33, 512, 4096, 100_000])('is what came, in whatever pieces: %s bytes', async (size) => {
    expect(await save(whole, size)).toEqual({ bytes: whole.length, sha256: sha256(whole).toString('hex') });
    expect((await readFile(join(folder, 'a.db'))).equals(whole)).toBe(true);
  });

  it('is for its owner alone from the first byte on, and has its name only when it is whole', async () => {
    const seen: unknown[] = [];
    async function* watched() {
      yield* inPieces(whole.subarray(0, 8192), 4096);
      for (const name of await readdir(folder)) seen.push([name, (await stat(join(folder, name))).mode & 0o777]);
      yield* inPieces(whole.subarray(8192), 4096);
    }
    await writeSnapshot(join(folder, 'a.db'), watched());
    expect(seen).toEqual([['.a.db.part', 0o600]]);
    expect((await stat(join(folder, 'a.db'))).mode & 0o777).toBe(0o600);
  });

  const cut = (end: number) => whole.subarray(0, end);
  const changed = Buffer.from(whole);
  changed[5000] = 1;
  it.each([
    ['was cut short', cut(10_000), 'truncated: it ends after 10000 bytes'],
    ['was cut short by its digest', cut(database.length), 'without the digest of a snapshot'],
    ['was changed', changed, 'damaged: its SHA-256 is not the one at its end'],
    ['is something else', Buffer.from('hello'), 'not a snapshot of etcd'],
    ['is empty', Buffer.alloc(0), 'not a snapshot of etcd'],
  ])('is refused where it %s, and leaves nothing behind', async (_, bytes, message) => {
    await expect(save(bytes)).rejects.toThrow(message);
    expect(await readdir(folder)).toEqual([]);
    await writeFile(join(folder, 'b.db'), bytes);
    await expect(readSnapshot(join(folder, 'b.db'))).rejects.toMatchObject({
      message: expect.stringContaining(message),
      exitCode: exitCodes.badInput,
      hint: expect.stringContaining('take another one'),
    });
  });

  it('never takes the place of a file', async () => {
    await writeFile(join(folder, 'a.db'), 'older');
    await expect(save(whole)).rejects.toMatchObject({ exitCode: exitCodes.badInput });
    expect(await readFile(join(folder, 'a.db'), 'utf8')).toBe('older');
  });

  it('leaves nothing behind where the member breaks off', async () => {
    async function* broken() {
      yield* inPieces(whole.subarray(0, 8192), 4096);
      throw new KinitError('the connection broke');
    }
    await expect(writeSnapshot(join(folder, 'a.db'), broken())).rejects.toThrow('the connection broke');
    expect(await readdir(folder)).toEqual([]);
  });

  it('says so where there is no such folder', async () => {
    await expect(save(whole, 1000, 'none/a.db')).rejects.toThrow('its folder does not exist');
  });
});

describe('the name of a snapshot', () => {
  it('tells of which cluster and of when it is', () => {
    const time = Date.UTC(2026, 10, 29, 12, 0, 5, 678);
    const name = snapshotName(`sha256:3f2a9c1b${'0'.repeat(56)}`, time);
    expect(name).toBe('etcd-3f2a9c1b-20261129T120005Z.db');
    expect(parseSnapshotName(name)).toEqual({ cluster: '3f2a9c1b', time: Date.UTC(2026, 10, 29, 12, 0, 5) });
  });

  it.each(['backup.db', '.etcd-3f2a9c1b-20261129T120005Z.db.part', 'etcd-3f2a9c1b-20269929T120005Z.db', 'etcd.db'])(
    'is none of kinit’s: %s',
    (name) => expect(parseSnapshotName(name)).toBeUndefined(),
  );
});
