import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSnapshot } from '../../src/etcd/snapshot-file.ts';
import { snapshotListing, snapshotScript } from '../../src/manifests/snapshot-script.ts';
import { testAuthority, testCertificate } from '../certificates.ts';
import { FakeEtcd } from '../fakes/etcd.ts';

const members = ['m1', 'm2', 'm3'].map((name, index) => ({
  name,
  peerURL: `https://192.0.2.${index + 10}:2380`,
  clientURL: `https://192.0.2.${index + 10}:2379`,
}));
const authority = testAuthority('etcd-ca');
const client = authority.then((ca) => testCertificate(ca, 'kube-etcd-healthcheck-client'));

let etcd: FakeEtcd;
let home: string;
let folder: string;
let servers: Server[];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'kinit-script-'));
  folder = join(home, 'snapshots');
  etcd = new FakeEtcd(await authority, members[0]!);
  await mkdir(join(home, 'bin'));
  servers = [];
  const ports = await Promise.all(members.map(({ clientURL }) => listening(clientURL)));
  // The real curl, which finds the addresses of the members on this machine.
  const ways = members.map(({ clientURL }, at) => `--connect-to ${new URL(clientURL).host}:127.0.0.1:${ports[at]}`);
  await program('curl', `exec /usr/bin/curl ${ways.join(' ')} "$@"`);
  await program('sleep', `echo "$1" >>"${home}/slept"`);
  await writeFile(join(home, 'ca.crt'), (await authority).certificate);
  await writeFile(join(home, 'healthcheck-client.crt'), (await client).certificate);
  await writeFile(join(home, 'healthcheck-client.key'), (await client).key.reveal());
});
afterEach(async () => {
  for (const server of servers) server.close();
  await rm(home, { recursive: true });
});

async function listening(url: string): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    etcd.connect(url).then(
      (stream) => {
        stream.on('error', () => socket.destroy());
        socket.pipe(stream).pipe(socket);
        stream.on('close', () => socket.destroy());
        socket.on('close', () => stream.destroy());
      },
      () => socket.destroy(),
    );
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function program(name: string, body: string): Promise<void> {
  await writeFile(join(home, 'bin', name), `#!/bin/sh\n${body}\n`);
  await chmod(join(home, 'bin', name), 0o755);
}

function start({ keep = 0, step = 0, member = 0 } = {}): ChildProcess {
  const argv = ['-s', '--', folder, String(keep), '3f2a9c1b', home, members[member]!.clientURL, String(step)];
  const child = spawn('sh', argv, { env: { PATH: `${home}/bin:/usr/bin:/bin` } });
  child.stdin?.on('error', () => {});
  child.stdin?.end(snapshotScript);
  return child;
}

async function ended(child: ChildProcess) {
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (data) => {
    stdout += String(data);
  });
  child.stderr?.on('data', (data) => {
    stderr += String(data);
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code: code ?? signal, stdout, stderr };
}

const save = (how?: Parameters<typeof start>[0]) => ended(start(how));
const files = async () => (await readdir(folder).catch(() => [])).filter((name) => name !== '.lock');

describe('a control plane', () => {
  it('saves what etcdctl would save, for root alone, and says where', async () => {
    const { code, stdout, stderr } = await save();
    expect([code, stderr]).toEqual([0, '']);
    const path = stdout.trim();
    expect(path).toMatch(new RegExp(`^${folder}/etcd-3f2a9c1b-\\d{8}T\\d{6}Z\\.db$`));
    const digest = createHash('sha256').update(etcd.database).digest();
    expect((await readFile(path)).equals(Buffer.concat([etcd.database, digest]))).toBe(true);
    expect((await readSnapshot(path)).bytes).toBe(etcd.database.length + 32);
    expect([(await stat(path)).mode & 0o777, (await stat(folder)).mode & 0o777]).toEqual([0o600, 0o700]);
  });

  it('keeps the newest of its cluster, and nothing else is touched', async () => {
    await mkdir(folder);
    const others = ['etcd-aaaaaaaa-20250101T000000Z.db', 'mine.db', 'etcd-3f2a9c1b-20250101T000000Z.pki.age'];
    const old = ['etcd-3f2a9c1b-20250101T000000Z.db', 'etcd-3f2a9c1b-20250102T000000Z.db'];
    for (const name of [...others, ...old]) await writeFile(join(folder, name), '');
    const { stdout } = await save({ keep: 2 });
    const made = stdout.trim().slice(folder.length + 1);
    expect((await files()).toSorted()).toEqual([...others, old[1], made].toSorted());
  });

  it('leaves nothing, and removes nothing, where its member breaks off', async () => {
    await mkdir(folder);
    await writeFile(join(folder, 'etcd-3f2a9c1b-20250101T000000Z.db'), '');
    etcd.beforePiece = (piece) => {
      if (piece === 1) throw new Error('broken');
    };
    const { code, stderr } = await save({ keep: 1 });
    expect([code, stderr]).toEqual([1, expect.stringContaining('truncated: it ends after 32768 bytes')]);
    expect(await files()).toEqual(['etcd-3f2a9c1b-20250101T000000Z.db']);
  });

  it('leaves nothing where what comes is damaged', async () => {
    await program('base64', 'exec /usr/bin/base64 "$@" | /usr/bin/tr x y');
    expect((await save()).stderr).toContain('damaged: its SHA-256 is not the one at its end');
    expect(await files()).toEqual([]);
  });

  it('leaves nothing where the disk is full by then', async () => {
    await program(
      'base64',
      '/usr/bin/base64 "$@" | head -c 5000; echo "base64: write error: No space left on device" >&2; exit 1',
    );
    const { code, stderr } = await save();
    expect([code, stderr]).toEqual([1, expect.stringContaining('No space left on device')]);
    expect(await files()).toEqual([]);
  });

  it('does not begin where there is no room', async () => {
    await program('df', 'printf "Filesystem 1024-blocks Used Available Capacity Mounted\\n/dev/a 9 9 1000 9%% /\\n"');
    expect((await save()).stderr).toMatch(/no room for 1044 KiB: 1000 KiB are free in/);
    expect(etcd.calls).toEqual([]);
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'that is ended by %s half way leaves nothing to the next',
    async (signal) => {
      const child = start();
      let part: readonly string[] = [];
      const killed = new Promise<void>((done) => {
        etcd.beforePiece = (piece) => {
          if (piece !== 1) return;
          etcd.beforePiece = () => {};
          part = readdirSync(folder).filter((name) => name.endsWith('.part'));
          process.kill(child.pid!, signal);
          done();
          throw new Error('broken');
        };
      });
      const end = ended(child);
      await killed;
      await end;
      expect(part).toHaveLength(1);
      if (signal === 'SIGTERM') expect(await files()).toEqual([]);
      expect((await save()).code).toBe(0);
      expect(await files()).toEqual([expect.stringMatching(/Z\.db$/)]);
    },
  );

  it('does not save two at once', async () => {
    await mkdir(folder);
    const holder = spawn('flock', [join(folder, '.lock'), 'sh', '-c', 'echo held; exec cat'], { stdio: 'pipe' });
    await once(holder.stdout, 'data');
    expect((await save()).stderr).toContain('another snapshot is being saved');
    holder.stdin.end();
  });

  it('says so where its etcd does not answer, after a time in which it may have started', async () => {
    etcd.stop(members[0]!.clientURL);
    expect((await save()).stderr).toContain(`etcd at ${members[0]?.clientURL} does not answer`);
    expect((await save({ step: 120 })).code).toBe(1);
    expect((await readFile(join(home, 'slept'), 'utf8')).trim().split('\n')).toEqual(
      Array.from({ length: 23 }, () => '5'),
    );
  });

  it('waits for no other where it is the only one', async () => {
    expect((await save({ step: 120 })).code).toBe(0);
    expect(await readFile(join(home, 'slept'), 'utf8')).toBe('0\n');
  });

  it('waits until its turn has come: the followers, then the leader', async () => {
    for (const member of members.slice(1)) etcd.bring(member);
    for (const member of [0, 1, 2]) expect((await save({ step: 120, member })).code).toBe(0);
    expect(await readFile(join(home, 'slept'), 'utf8')).toBe('360\n120\n240\n');
  });

  it('lists what is there, whole or not', async () => {
    const path = (await save()).stdout.trim();
    const whole = await readFile(path);
    await writeFile(join(folder, 'etcd-short.db'), whole.subarray(0, 5000));
    const other = Buffer.from(whole);
    other[9000] = (other[9000] ?? 0) ^ 1;
    await writeFile(join(folder, 'etcd-other.db'), other);
    const listing = await ended(spawn('sh', ['-c', snapshotListing, 'kinit', folder]));
    const { sha256, bytes } = await readSnapshot(path);
    const lines = listing.stdout.split('\n').map((line) => line.replace(/ \d{10} /, ' TIME '));
    expect(lines).toContain(`${path.slice(folder.length + 1)} ${bytes} TIME ${sha256} `);
    expect(lines.find((line) => line.startsWith('etcd-short.db'))).toMatch(/ truncated: it ends after 5000 bytes/);
    expect(lines.find((line) => line.startsWith('etcd-other.db'))).toMatch(/ damaged: /);
    expect((await ended(spawn('sh', ['-c', snapshotListing, 'kinit', '/nowhere']))).stdout).toBe('');
  });
});
