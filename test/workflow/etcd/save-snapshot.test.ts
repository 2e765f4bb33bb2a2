import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exitCodes } from '../../../src/errors.ts';
import { readSnapshot } from '../../../src/etcd/snapshot-file.ts';
import { newRun } from '../../../src/execute/run.ts';
import { caCertHash } from '../../../src/kube/ca-pin.ts';
import { saveSnapshot } from '../../../src/workflows/etcd/save-snapshot.ts';
import { FakeHost } from '../../fakes/host.ts';
import { quietRun } from '../../run.ts';
import { type EtcdRoom, etcdRoom } from './room.ts';

let room: EtcdRoom;
let folder: string;
beforeEach(async () => {
  room = await etcdRoom();
  folder = await mkdtemp(join(tmpdir(), 'kinit-snapshot-'));
});
afterEach(() => rm(folder, { recursive: true }));

const run = quietRun();
const save = (hosts = room.hosts) => saveSnapshot({ hosts, to: { folder }, run });
const asked = () => room.etcd.calls.filter((call) => call.startsWith('snapshot'));

describe('a snapshot', () => {
  test('is saved from a follower through its own host, under a name of its own', async () => {
    const saved = await save();
    expect(saved).toMatchObject({ member: 'm2', role: 'follower', revision: 21, version: '3.5.16' });
    expect(saved.cluster).toBe(caCertHash(room.authority.certificate));
    expect(await readSnapshot(saved.path)).toEqual({ bytes: saved.bytes, sha256: saved.sha256 });
    expect(await readdir(folder)).toEqual([saved.path.slice(folder.length + 1)]);
    expect(asked()).toEqual(['snapshot https://192.0.2.11:2379']);
    expect(room.dialled('m2')).toContain('192.0.2.11:2379');
  });

  test('tells the newest change that is in it, be it newer than what the member said before', async () => {
    room.etcd.revision = 7;
    expect(await save()).toMatchObject({ revision: 21 });
  });

  test('is saved to a file, where one is named', async () => {
    const file = join(folder, 'mine.db');
    expect(await saveSnapshot({ hosts: room.hosts, to: { file }, run })).toMatchObject({ path: file });
    expect((await readFile(file)).length).toBe(room.etcd.database.length + 32);
  });

  test('is of the leader where it is the only member', async () => {
    room.etcd.forget('https://192.0.2.11:2380');
    room.etcd.forget('https://192.0.2.12:2380');
    expect(await save()).toMatchObject({ member: 'm1', role: 'leader' });
  });

  test('comes through another control plane where only that is reached', async () => {
    expect(await save(room.hosts.slice(0, 1))).toMatchObject({ member: 'm2' });
    expect(room.dialled('m1')).toContain('192.0.2.11:2379');
  });

  test('comes where a member is dead, the first one too', async () => {
    room.etcd.stop('https://192.0.2.10:2379');
    expect(await save()).toMatchObject({ member: expect.stringMatching(/^m[23]$/) });
  });

  test('comes of the next member where one breaks off, and nothing of the first stays', async () => {
    let broken = false;
    room.etcd.beforePiece = (piece) => {
      if (piece !== 1 || broken) return;
      broken = true;
      throw new Error('broken');
    };
    const saved = await save();
    expect(asked()).toHaveLength(2);
    expect(saved.member).toBe('m3');
    expect(await readdir(folder)).toHaveLength(1);
  });

  test('ends with what the last member says where all break off', async () => {
    room.etcd.beforePiece = (piece) => {
      if (piece === 1) throw new Error('broken');
    };
    await expect(save()).rejects.toMatchObject({ exitCode: exitCodes.phaseFailed });
    expect(asked()).toHaveLength(3);
    expect(await readdir(folder)).toEqual([]);
  });

  test('that Ctrl-C ends leaves nothing behind, and no other member is asked', async () => {
    const ends = new AbortController();
    room.etcd.beforePiece = (piece) => {
      if (piece === 1) ends.abort();
    };
    const interrupted = newRun({ ...run, signal: ends.signal });
    const saving = saveSnapshot({ hosts: room.hosts, to: { folder }, run: interrupted });
    await expect(saving).rejects.toMatchObject({ exitCode: exitCodes.interrupted });
    expect(asked()).toHaveLength(1);
    expect(await readdir(folder)).toEqual([]);
  });

  test('is not asked of another member where the place is taken', async () => {
    const file = join(folder, 'mine.db');
    await saveSnapshot({ hosts: room.hosts, to: { file }, run });
    const again = saveSnapshot({ hosts: room.hosts, to: { file }, run });
    await expect(again).rejects.toMatchObject({ exitCode: exitCodes.badInput });
    expect(await readdir(folder)).toEqual(['mine.db']);
  });

  test('is saved without a quorum too', async () => {
    room.etcd.stop('https://192.0.2.11:2379');
    room.etcd.stop('https://192.0.2.12:2379');
    expect(await save()).toMatchObject({ member: 'm1', role: 'without a leader' });
  });

  test('is refused where no control plane with etcd is named: exit 2', async () => {
    await expect(save([new FakeHost({ name: 'w1' })])).rejects.toMatchObject({ exitCode: exitCodes.preflight });
  });
});
