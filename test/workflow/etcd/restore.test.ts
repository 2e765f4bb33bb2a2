import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openLocalFile, partOf } from '../../../src/archive/local-file.ts';
import { exitCodes, KinitError } from '../../../src/errors.ts';
import type { Operation } from '../../../src/host/host.ts';
import { restoredData } from '../../../src/phases/etcd-restore/restore-phases.ts';
import { kubeconfigDocument } from '../../../src/pki/kubeconfig-document.ts';
import { findRestore, restoreSnapshot } from '../../../src/workflows/etcd/restore.ts';
import { verifySnapshot } from '../../../src/workflows/etcd/verify-snapshot.ts';
import { toYaml } from '../../../src/yaml.ts';
import { testAuthority } from '../../certificates.ts';
import { boltDatabase, etcdEntry } from '../../fakes/bolt.ts';
import { FakeHost, type FakeHostOptions } from '../../fakes/host.ts';
import { FakeKube } from '../../fakes/kube.ts';
import { type KubeServer, kubeServer } from '../../fakes/kube-server.ts';
import { quietRun } from '../../run.ts';
import { perfect } from '../../unit/preflight/hosts.ts';
import { type EtcdRoom, etcdRoom, members } from './room.ts';

const manifest = '/etc/kubernetes/manifests/etcd.yaml';
const data = '/var/lib/etcd/member/snap/db';

/** A control plane whose kubelet runs what its manifests say, and whose tool restores. */
class ControlPlane extends FakeHost {
  constructor(
    options: FakeHostOptions,
    answer: (host: ControlPlane, argv: readonly string[], input: Buffer) => object,
  ) {
    const script = (argv: readonly string[], input: Buffer) => answer(this, argv, input);
    super({
      ...options,
      facts: perfect('v1.31.0'),
      services: { kubelet: { active: true, enabled: true } },
      commands: { 'sh -c': script, ctr: script, 'systemctl restart kubelet': {} },
    });
  }

  override async perform(operations: readonly Operation[]) {
    beforePerform(this.name, operations);
    const results = await super.perform(operations);
    kubelet(this);
    return results;
  }

  move(from: string, to: string): void {
    for (const [path, entry] of [...this.entries]) {
      if (path !== from && !path.startsWith(`${from}/`)) continue;
      this.entries.delete(path);
      this.entries.set(`${to}${path.slice(from.length)}`, entry);
    }
  }
}

let beforePerform: (host: string, operations: readonly Operation[]) => void;
let help: string;
let room: EtcdRoom;
let kube: FakeKube;
let server: KubeServer;
let folder: string;
let path: string;
/** Members that have run with other data than one beside them. */
let mixed: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinit-restore-'));
  [beforePerform, help, mixed] = [() => {}, '--initial-cluster-token --bump-revision', []];
  kube = new FakeKube(...['m1', 'm2', 'm3', 'w1'].map(node));
  server = await kubeServer(kube, { everybodyMay: true });
  room = await open();
  path = await snapshotOf(room.authority.certificate);
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const node = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name,
    labels: name.startsWith('m') ? { 'node-role.kubernetes.io/control-plane': '' } : {},
    annotations: { 'kinit.dev/inventory': 'as it was', other: 'stays' },
  },
});

async function open(): Promise<EtcdRoom> {
  const conf = kubeconfigDocument({
    clusterName: 'kubernetes',
    server: server.url,
    caPem: server.authority.certificate,
    user: 'kubernetes-admin',
    client: { certificatePem: server.admin.certificate, key: server.admin.key },
    preferences: false,
  });
  return etcdRoom((name, { files = {}, connect: toEtcd, ...options }) => {
    const more = {
      '/etc/kubernetes/admin.conf': toYaml(conf),
      '/var/lib/kubelet/kubeadm-flags.env':
        'KUBELET_KUBEADM_ARGS="--container-runtime-endpoint=unix:///run/containerd/containerd.sock"\n',
      [data]: 'old',
    };
    return new ControlPlane(
      {
        ...options,
        name,
        files: { ...files, ...more },
        connect: async (target) => {
          if ('port' in target && target.port === server.port) return connect(server.port, '127.0.0.1');
          return toEtcd!(target);
        },
      },
      answer,
    );
  });
}

async function snapshotOf(ca: string): Promise<string> {
  const info = `certificate-authority-data: ${Buffer.from(ca).toString('base64')}\n`;
  const database = boltDatabase({ key: [etcdEntry(7, '/registry/configmaps/kube-public/cluster-info', info)] });
  const file = join(folder, `${createHash('sha256').update(ca).digest('hex').slice(0, 6)}.db`);
  await writeFile(file, Buffer.concat([database, createHash('sha256').update(database).digest()]));
  return file;
}

/** What the scripts of kinit and the tool of etcd do on a host. */
function answer(host: ControlPlane, argv: readonly string[], input: Buffer): object {
  if (argv[0] === 'ctr')
    return argv.includes('--help') && argv.includes('etcdutl') ? { stdout: help } : { code: 1, stderr: 'none' };
  const [, , script = '', , ...words] = argv;
  const there = (one: string) => host.entries.has(one);
  const [first = '', second = '', third = ''] = words;
  if (argv[3] === 'kinit-lock') return {};
  if (argv[3] === 'kinit-upload' && words.length === 0) {
    const files = input
      .toString()
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[2] ?? '');
    return { stdout: `${files.map((file) => (there(file) ? 'have' : '0')).join('\n')}\n999999999\n` };
  }
  if (argv[3] === 'kinit-upload') host.place(first, input.toString('latin1'), 0o600);
  else if (script.startsWith('target=$1')) {
    expect(argv).toContain('--bump-revision=1000000000');
    host.place(`${first}/member/snap/db`, 'restored', 0o600);
  } else if (script.startsWith('held=$1')) {
    for (const file of words.slice(1))
      if (there(file)) host.move(file, file.replace('/etc/kubernetes/manifests', first));
  } else if (script.startsWith('for file in')) {
    for (const file of [...host.entries.keys()].filter((one) => one.startsWith(`${first}/`)))
      host.move(file, file.replace(first, second));
    host.entries.delete(first);
  } else if (script.startsWith('dir=$1') && there(`${second}/member`)) {
    if (there(`${first}/member`)) host.move(`${first}/member`, `${first}/member.before-${third}`);
    host.move(`${second}/member`, `${first}/member`);
  }
  return {};
}

/** It runs etcd while the manifest is there; members with different data must never meet. */
function kubelet(host: ControlPlane): void {
  const member = members.find(({ name }) => name === host.name)!;
  if (host.text(manifest) === undefined) {
    room.etcd.stop(member.clientURL);
    return;
  }
  room.etcd.revive(member);
  const running = room.hosts.filter((one) => one.text(manifest) !== undefined).map((one) => one.text(data));
  if (new Set(running).size > 1) mixed.push(`${host.name}: ${running.join(', ')}`);
}

async function restore(hosts = room.hosts, run = quietRun()): Promise<readonly string[]> {
  const snapshot = await verifySnapshot(path);
  const file = await openLocalFile(path);
  try {
    const source = partOf(file, snapshot.sha256);
    return await restoreSnapshot(await findRestore({ hosts, snapshot, source, run }), run);
  } finally {
    await file.close();
  }
}

function expectRestored(hosts = room.hosts): void {
  for (const host of hosts) {
    expect(host.text(data), host.name).toBe('restored');
    expect(host.text(manifest), host.name).toContain('etcd');
    const left = [...host.entries.keys()].filter((one) => /restored-|held|\/restore-/.test(one));
    expect(left, host.name).toEqual([]);
    const aside = [...host.entries.keys()].filter((one) => /member\.before-\w+\/snap\/db$/.test(one));
    expect(
      aside.map((one) => host.text(one)),
      host.name,
    ).toEqual(['old']);
  }
  expect(mixed).toEqual([]);
}

describe('a restore', () => {
  test('puts the data of the snapshot in place on all control planes, and sets the old ones aside', async () => {
    expect(await restore()).toEqual([]);
    expectRestored();
  });

  test('lets no node say that it is as the file wants it: that held when the snapshot was made', async () => {
    await restore();
    const nodes = await kube.list({ apiVersion: 'v1', kind: 'Node' });
    expect(nodes.map(({ metadata: { annotations } }) => annotations)).toEqual(nodes.map(() => ({ other: 'stays' })));
  });

  test('of one of three, whose others are dead, names those that are to be taken out', async () => {
    for (const { clientURL } of members.slice(1)) room.etcd.stop(clientURL);
    room.etcd.forget(members[1]!.peerURL);
    room.etcd.forget(members[2]!.peerURL);
    const [first, ...dead] = room.hosts;
    for (const host of dead) host.entries.delete(manifest);
    expect(await restore([first!])).toEqual(['m2', 'm3']);
    expectRestored([first!]);
  });

  test('that is killed at any moment is finished by the same command', async () => {
    // Three act at once: steps of four meet each of them everywhere.
    for (let kill = 0, isKilled = true; isKilled; kill += 4) {
      room = await open();
      [mixed, isKilled] = [[], false];
      let count = 0;
      beforePerform = () => {
        if (count++ < kill || isKilled) return;
        isKilled = true;
        throw new KinitError('killed');
      };
      await restore().catch((error: KinitError) => expect(error.message).toBe('killed'));
      beforePerform = () => {};
      if (isKilled) await restore();
      expectRestored();
      expect(kill).toBeLessThan(60);
    }
  }, 120_000);
});

test.each([
  ['--bump-revision', true],
  ['', false],
])('a restore that is begun still tells whether who watches will notice: "%s"', async (flag, raises) => {
  help = `--initial-cluster-token ${flag}`;
  const snapshot = await verifySnapshot(path);
  const source = { ...snapshot, size: snapshot.bytes, read: async () => Buffer.alloc(0) };
  const find = () => findRestore({ hosts: room.hosts, snapshot, source, run: quietRun() });
  const { places } = await find();
  for (const [index, { member }] of places.entries())
    room.hosts[index]!.place(`${restoredData(member)}/member/snap/db`, '');
  expect((await find()).places.map(({ state }) => state)).toEqual(['prepared', 'prepared', 'prepared']);
  expect((await find()).raises).toBe(raises);
});

describe('nothing is touched', () => {
  let before: string[];
  beforeEach(() => {
    before = room.hosts.map((host) => JSON.stringify([...host.entries.keys()]));
    beforePerform = (host) => {
      throw new Error(`${host} was touched`);
    };
  });
  afterEach(() => {
    expect(room.hosts.map((host) => JSON.stringify([...host.entries.keys()]))).toEqual(before);
  });

  test('by the snapshot of another cluster', async () => {
    path = await snapshotOf((await testAuthority('other')).certificate);
    await expect(restore()).rejects.toMatchObject({
      exitCode: exitCodes.preflight,
      message: expect.stringMatching(/is of the cluster with the CA .*nothing was touched/),
    });
  });

  test('by a snapshot that was cut short', async () => {
    await writeFile(path, Buffer.alloc(100));
    await expect(restore()).rejects.toMatchObject({ exitCode: exitCodes.badInput });
  });

  test('where a member runs that was not named', async () => {
    await expect(restore(room.hosts.slice(0, 2))).rejects.toMatchObject({
      exitCode: exitCodes.preflight,
      message: expect.stringContaining('192.0.2.12:2379 runs too'),
    });
  });

  test('where the image has no tool that restores', async () => {
    help = 'snapshot save';
    await expect(restore()).rejects.toMatchObject({
      exitCode: exitCodes.preflight,
      hint: expect.stringContaining('--image'),
    });
  });

  test('where one of the hosts is no control plane', async () => {
    const worker = new FakeHost({ name: 'w1' });
    await expect(restore([...room.hosts, worker])).rejects.toMatchObject({ exitCode: exitCodes.preflight, host: 'w1' });
  });
});
