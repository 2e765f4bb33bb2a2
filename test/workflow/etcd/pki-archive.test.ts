import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ageEncrypted } from '../../../src/archive/age/age.ts';
import { tarEnd, tarHeader, tarPadding } from '../../../src/archive/tar.ts';
import { exitCodes } from '../../../src/errors.ts';
import { keepNewest } from '../../../src/etcd/snapshot-folder.ts';
import { caCertHash } from '../../../src/kube/ca-pin.ts';
import { Secret } from '../../../src/secret.ts';
import { bringBackPki, findLostPki } from '../../../src/workflows/etcd/bring-pki.ts';
import { openedPki, writePki } from '../../../src/workflows/etcd/pki-archive.ts';
import { saveSnapshot } from '../../../src/workflows/etcd/save-snapshot.ts';
import type { VerifiedSnapshot } from '../../../src/workflows/etcd/verify-snapshot.ts';
import { testAuthority } from '../../certificates.ts';
import { quietRun } from '../../run.ts';
import { type EtcdRoom, etcdRoom } from './room.ts';

const directory = '/etc/kubernetes/pki';
const own = generateKeyPairSync('x25519');
const to = { publicKeys: [own.publicKey] };
const by = { privateKeys: [own.privateKey] };
const run = quietRun();
let room: EtcdRoom;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinit-pki-'));
  room = await etcdRoom();
  for (const host of room.hosts) {
    host.place(`${directory}/ca.key`, 'the key of the CA\n', 0o600);
    host.place(`${directory}/apiserver.key`, `of ${host.name}\n`, 0o600);
    host.place(`${directory}/notes.txt`, 'not of the PKI\n', 0o644);
  }
});
afterEach(() => rm(folder, { recursive: true }));

const save = () => saveSnapshot({ hosts: room.hosts, to: { folder }, pkiFor: to, run });
const snapshot = () =>
  ({ path: 'a.db', clusters: [caCertHash(room.authority.certificate)] }) as unknown as VerifiedSnapshot;

describe('the PKI beside a snapshot', () => {
  test('is there only where it is asked for', async () => {
    expect((await saveSnapshot({ hosts: room.hosts, to: { folder }, run })).pki).toBeUndefined();
    expect(await readdir(folder)).toHaveLength(1);
  });

  test('is of all control planes, for its owner alone, and nothing of it can be read', async () => {
    const { path, pki = '' } = await save();
    expect(pki).toBe(path.replace('.db', '.pki.age'));
    expect((await stat(pki)).mode & 0o777).toBe(0o600);
    expect(await readFile(pki, 'latin1')).not.toMatch(/key of the CA|BEGIN/);
    const opened = await openedPki(pki, by);
    expect([...opened.keys()]).toEqual(['m1', 'm2', 'm3']);
    expect([...opened.get('m2')!.keys()].toSorted()).toEqual([
      'apiserver.key',
      'ca.crt',
      'ca.key',
      'etcd/ca.crt',
      'etcd/healthcheck-client.crt',
      'etcd/healthcheck-client.key',
    ]);
    expect(opened.get('m2')!.get('apiserver.key')?.reveal()).toBe('of m2\n');
  });

  test('writes over none that is there, and no snapshot is taken then', async () => {
    const file = join(folder, 'mine.db');
    await writeFile(join(folder, 'mine.pki.age'), 'somebody’s');
    const saving = saveSnapshot({ hosts: room.hosts, to: { file }, pkiFor: to, run });
    await expect(saving).rejects.toMatchObject({ exitCode: exitCodes.badInput });
    expect(await readdir(folder)).toEqual(['mine.pki.age']);
  });

  test('goes with its snapshot where only the newest are kept', async () => {
    const { cluster } = await save();
    expect(await keepNewest(folder, 0, cluster, run.now)).toHaveLength(1);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('an archive that is opened', () => {
  test('is written for its owner alone, and over nothing', async () => {
    const { pki = '' } = await save();
    const target = join(folder, 'opened');
    const paths = await writePki(await openedPki(pki, by), target);
    expect(paths).toContain(join(target, 'm1', 'etcd', 'ca.crt'));
    for (const path of paths) expect((await stat(path)).mode & 0o777, path).toBe(0o600);
    expect((await stat(join(target, 'm1'))).mode & 0o777).toBe(0o700);
    await expect(writePki(await openedPki(pki, by), target)).rejects.toMatchObject({ exitCode: exitCodes.badInput });
  });

  test.each([
    [
      'with another key',
      () => ({ privateKeys: [generateKeyPairSync('x25519').privateKey] }),
      /not encrypted for this key/,
    ],
    ['with a passphrase', () => ({ passphrase: new Secret('correct horse') }), /for a key, with no passphrase/],
  ])('%s is refused', async (_, other, message) => {
    const { pki = '' } = await save();
    await expect(openedPki(pki, other())).rejects.toMatchObject({
      exitCode: exitCodes.badInput,
      message: expect.stringMatching(message),
    });
  });

  test('with another passphrase says so', async () => {
    const pki = join(folder, 'a.pki.age');
    await writeFile(pki, await ageEncrypted(tarEnd, { passphrase: new Secret('correct horse') }));
    await expect(openedPki(pki, { passphrase: new Secret('battery staple') })).rejects.toMatchObject({
      exitCode: exitCodes.badInput,
      message: expect.stringContaining('the passphrase is not the one'),
    });
  });

  test.each([
    '../../etc/shadow.key',
    'm1/../../evil.crt',
    '/etc/evil.key',
    'm1/etcd/deep/a.key',
    'm1/run.sh',
    'm1/.hidden.key',
  ])('gives nothing where it holds %s', async (name) => {
    const content = Buffer.from('x');
    const tar = Buffer.concat([tarHeader(name, 1, 0), content, tarPadding(1), tarEnd]);
    const pki = join(folder, 'a.pki.age');
    await writeFile(pki, await ageEncrypted(tar, to));
    await expect(openedPki(pki, by)).rejects.toMatchObject({ exitCode: exitCodes.badInput });
  });
});

describe('a control plane that has lost its PKI', () => {
  const opened = async () => openedPki((await save()).pki ?? '', by);
  const lose = (index: number) => {
    const host = room.hosts[index]!;
    for (const path of [...host.entries.keys()].filter((one) => one.startsWith(`${directory}/`)))
      host.entries.delete(path);
    host.entries.delete(directory);
    return host;
  };

  test('gets its own back, keys for root alone', async () => {
    const pki = await opened();
    const before = new Map(room.hosts[1]!.entries);
    const host = lose(1);
    const lost = await findLostPki(room.hosts, pki, snapshot());
    expect(lost.map((place) => place.host.name)).toEqual(['m2']);
    for (const place of lost) await bringBackPki(place, run);
    expect(host.text(`${directory}/apiserver.key`)).toBe('of m2\n');
    expect(host.entries.get(`${directory}/ca.key`)?.mode).toBe(0o600);
    expect(host.text(`${directory}/etcd/ca.crt`)).toBe(room.authority.certificate);
    expect([...host.entries.keys()].toSorted()).toEqual(
      [...before.keys()].filter((path) => !path.endsWith('notes.txt')).toSorted(),
    );
    expect(await findLostPki(room.hosts, pki, snapshot())).toEqual([]);
  });

  test('keeps what is left of it', async () => {
    const pki = await opened();
    const host = room.hosts[0]!;
    host.place(`${directory}/apiserver.key`, 'a newer one\n', 0o600);
    host.entries.delete(`${directory}/ca.key`);
    for (const place of await findLostPki(room.hosts, pki, snapshot())) await bringBackPki(place, run);
    expect(host.text(`${directory}/apiserver.key`)).toBe('a newer one\n');
    expect(host.text(`${directory}/ca.key`)).toBe('the key of the CA\n');
  });

  test('gets none of another cluster than the snapshot’s', async () => {
    const pki = await opened();
    lose(0);
    const other = { path: 'a.db', clusters: ['sha256:00'] } as unknown as VerifiedSnapshot;
    await expect(findLostPki(room.hosts, pki, other)).rejects.toMatchObject({ exitCode: exitCodes.preflight });
  });

  test('gets none beside the CA of another cluster', async () => {
    const pki = await opened();
    const host = lose(0);
    host.place(`${directory}/ca.crt`, (await testAuthority('other')).certificate, 0o644);
    await expect(findLostPki(room.hosts, pki, snapshot())).rejects.toMatchObject({
      exitCode: exitCodes.preflight,
      message: expect.stringContaining('another cluster'),
    });
  });
});
