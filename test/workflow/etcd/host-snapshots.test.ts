import { beforeEach, describe, expect, test } from 'vitest';
import { exitCodes, KinitError } from '../../../src/errors.ts';
import { caCertHash } from '../../../src/kube/ca-pin.ts';
import { hostSnapshots, saveOnHosts } from '../../../src/workflows/etcd/host-snapshots.ts';
import { snapshotStatus } from '../../../src/workflows/etcd/snapshot-status.ts';
import { FakeHost } from '../../fakes/host.ts';
import { quietRun } from '../../run.ts';
import { type EtcdRoom, etcdRoom } from './room.ts';

const digest = 'a'.repeat(64);
const to = { directory: '/backup', keep: 3 };
let room: EtcdRoom;
/** Hosts that were told to save one, with the arguments of the script. */
let saves: string[];
let failing: (host: string) => object;

beforeEach(async () => {
  [saves, failing] = [[], () => ({})];
  room = await etcdRoom(
    (name, options) =>
      new FakeHost({
        ...options,
        commands: {
          'sh -s': (argv) => {
            saves.push(`${name}: ${argv.slice(3).join(' ')}`);
            return failing(name);
          },
          'sh -c': () => ({ stdout: `etcd-${pin()}-20260101T000000Z.db 544 1767225600 ${digest} \n` }),
        },
      }),
  );
});

const pin = () => caCertHash(room.authority.certificate).slice(7, 15);
const save = () => saveOnHosts(room.hosts, to, quietRun());

describe('snapshots on the control planes', () => {
  test('are of each member on its own host, one after the other, the leader last', async () => {
    const saved = await save();
    const words = `/backup 3 ${pin()} /etc/kubernetes/pki/etcd https://127.0.0.1:2379 0`;
    expect(saves).toEqual(['m2', 'm3', 'm1'].map((name) => `${name}: ${words}`));
    expect(saved.map(({ host, error }) => [host, error])).toEqual(['m2', 'm3', 'm1'].map((name) => [name, undefined]));
    expect(saved[0]).toMatchObject({ path: `/backup/etcd-${pin()}-20260101T000000Z.db`, bytes: 544, sha256: digest });
  });

  test('are saved on the others where one cannot', async () => {
    failing = (host) => (host === 'm3' ? { code: 1, stderr: 'no room for 1044 KiB' } : {});
    const saved = await save();
    expect(saved.flatMap(({ host, error }) => (error ? [`${host}: ${error.message}`] : []))).toEqual([
      expect.stringMatching(/^m3: .*no room for 1044 KiB/s),
    ]);
    expect(saves).toHaveLength(3);
  });

  test('are asked of no member that does not answer', async () => {
    room.etcd.stop('https://192.0.2.11:2379');
    const saved = await save();
    expect(saves.map((line) => line.slice(0, 2))).toEqual(['m3', 'm1']);
    expect(saved.at(-1)).toMatchObject({ host: 'm2', error: expect.any(KinitError) });
  });

  test('are refused where there is no etcd', async () => {
    const nobody = saveOnHosts([new FakeHost()], to, quietRun());
    await expect(nobody).rejects.toMatchObject({ exitCode: exitCodes.preflight });
  });
});

describe('a list of those on hosts', () => {
  test('has the newest first, and says which are not whole', async () => {
    const lines = [
      `etcd-3f2a9c1b-20260101T000000Z.db 544 1767225600 ${digest} `,
      `etcd-3f2a9c1b-20260102T000000Z.db 300 1767312000 ${digest} truncated: it ends after 300 bytes, in the middle`,
      'what is no line of it',
    ];
    const host = new FakeHost({ commands: { 'sh -c': { stdout: `${lines.join('\n')}\n` } } });
    const [listed] = await hostSnapshots([host], '/backup');
    expect(listed?.snapshots).toMatchObject([
      { name: 'etcd-3f2a9c1b-20260102T000000Z.db', sha256: undefined, problem: expect.stringMatching(/^truncated/) },
      { name: 'etcd-3f2a9c1b-20260101T000000Z.db', sha256: digest, problem: undefined, cluster: '3f2a9c1b' },
    ]);
  });

  test('is empty where the folder is not there', async () => {
    const host = new FakeHost({ commands: { 'sh -c': {} } });
    expect(await hostSnapshots([host], '/backup')).toEqual([{ host: host.name, snapshots: [] }]);
  });
});

describe('the newest snapshot of a control plane', () => {
  const schedule = { every: 3600, at: 0, directory: '/backup', keep: 3 };
  const asked = (stdout: string) => snapshotStatus('m1', new FakeHost({ commands: { 'sh -c': { stdout } } }), schedule);

  test.each([
    ['in time', 'now 10000\nsince 100\nlast 9000\n', { age: 1000, overdue: false }],
    ['older than two of its schedule', 'now 10000\nsince 100\nlast 2000\n', { age: 8000, overdue: true }],
    ['yet to come', 'now 10000\nsince 9000\nlast \n', { age: undefined, overdue: false }],
    ['missing since its timer is there', 'now 10000\nsince 100\nlast \n', { age: undefined, overdue: true }],
    ['missing with its timer', 'now 10000\nsince \nlast \n', { age: undefined, overdue: true }],
  ])('is %s', async (_, stdout, seen) => {
    expect(await asked(stdout)).toMatchObject(seen);
  });

  test('is not known where the host says nothing of it', async () => {
    expect(await asked('')).toBeUndefined();
  });
});
