import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kubeconfigDocument } from '../../src/pki/kubeconfig-document.ts';
import { parseYaml, toYaml } from '../../src/yaml.ts';
import { type Pair, testAuthority, testCertificate } from '../certificates.ts';
import { kinit } from '../command-line.ts';
import { keyPair, type SshServer, startSshServer } from './ssh-server.ts';

const key = keyPair();

/** A folder whose name is as long as that of the one it stands for. */
function standIn(path: string): string {
  return `/tmp/${randomBytes(path.length).toString('hex')}`.slice(0, path.length);
}

const kubernetes = standIn('/etc/kubernetes');
const locks = standIn('/run/kinit');

let home: string;
let servers: SshServer[];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'kinit-commands-'));
  await mkdir(join(home, '.ssh'));
  await writeFile(join(home, '.ssh/id_ed25519'), key.private, { mode: 0o600 });
  for (const folder of [kubernetes, locks]) await mkdir(folder, { recursive: true });
  servers = [await server(), await server()];
  const known = servers.map(({ port, publicKey }) => `[127.0.0.1]:${port} ${publicKey}\n`);
  await writeFile(join(home, '.ssh/known_hosts'), known.join(''));
});
afterEach(async () => {
  await Promise.all(servers.map((each) => each.close()));
  await Promise.all([home, kubernetes, locks].map((folder) => rm(folder, { recursive: true })));
});

function server(): Promise<SshServer> {
  const elsewhere = { '/etc/kubernetes': kubernetes, '/run/kinit': locks };
  return startSshServer({ authorizedKeys: [key.public], elsewhere });
}

const at = (index: number) => ['--host', `root@127.0.0.1:${servers[index]?.port}`];
const run = (...argv: readonly string[]) => kinit(argv, { cwd: home, env: { HOME: home } });

async function adminConf(clusterName: string, authority: Pair): Promise<string> {
  const admin = await testCertificate(authority, 'kubernetes-admin');
  return toYaml(
    kubeconfigDocument({
      clusterName,
      server: 'https://192.0.2.10:6443',
      caPem: authority.certificate,
      user: `${clusterName}-admin`,
      client: { certificatePem: admin.certificate, key: admin.key },
      preferences: false,
    }),
  );
}

describe('kinit kubeconfig fetch', () => {
  const config = () => join(home, '.kube/config');
  let fetched: string;
  beforeEach(async () => {
    fetched = await adminConf('blue', await testAuthority());
    await writeFile(`${kubernetes}/admin.conf`, fetched, { mode: 0o600 });
  });

  it('brings admin.conf to ~/.kube/config, for its owner alone', async () => {
    expect(await run('kubeconfig', 'fetch', ...at(0))).toEqual({ code: 0, out: '', err: `Wrote ${config()}\n` });
    expect(await readFile(config(), 'utf8')).toBe(fetched);
    expect((await stat(config())).mode & 0o777).toBe(0o600);
  });

  it('leaves a kubeconfig that is there alone, unless it is told to merge or to replace: exit 3', async () => {
    await mkdir(join(home, '.kube'));
    const mine = await adminConf('green', await testAuthority());
    await writeFile(config(), mine, { mode: 0o644 });
    const { code, err } = await run('kubeconfig', 'fetch', ...at(0));
    expect(code).toBe(3);
    expect(err).toMatch(/config is there already\n.*--merge/);
    expect(await readFile(config(), 'utf8')).toBe(mine);

    expect(await run('kubeconfig', 'fetch', ...at(0), '--merge')).toMatchObject({ code: 0 });
    const merged = parseYaml(await readFile(config(), 'utf8'), 'config')[0]?.value;
    expect(merged).toMatchObject({
      'current-context': 'blue-admin@blue',
      clusters: [{ name: 'green' }, { name: 'blue' }],
      users: [{ name: 'green-admin' }, { name: 'blue-admin' }],
    });
    expect((await stat(config())).mode & 0o777).toBe(0o600);

    expect(await run('kubeconfig', 'fetch', ...at(0), '--force')).toMatchObject({ code: 0 });
    expect(await readFile(config(), 'utf8')).toBe(fetched);
  });

  it('writes where it is told to', async () => {
    expect(await run('kubeconfig', 'fetch', ...at(0), '--to', 'here.conf')).toMatchObject({ code: 0 });
    expect(await readFile(join(home, 'here.conf'), 'utf8')).toBe(fetched);
  });

  it.each([
    ['runs a program', 'user', { exec: { apiVersion: 'v1', command: 'sh' } }, 'users[0].user.exec'],
    ['hands out a file', 'user', { tokenFile: '/root/.ssh/id_rsa' }, 'users[0].user.tokenFile'],
    ['trusts anybody', 'cluster', { 'insecure-skip-tls-verify': true }, 'clusters[0].cluster.insecure-skip-tls-verify'],
  ])('refuses one that %s, and writes nothing: exit 6', async (_, entry, fields, place) => {
    const config = parseYaml(fetched, 'admin.conf')[0]?.value as Record<string, Record<string, object>[]>;
    const list = `${entry}s`;
    const forged = {
      ...config,
      [list]: config[list]?.map((each) => ({ ...each, [entry]: { ...each[entry], ...fields } })),
    };
    await writeFile(`${kubernetes}/admin.conf`, toYaml(forged));
    const { code, err } = await run('kubeconfig', 'fetch', ...at(0));
    expect([code, err]).toEqual([6, expect.stringContaining(place)]);
    await expect(stat(join(home, '.kube/config'))).rejects.toThrow('ENOENT');
  });

  it('says that the host is no control plane: exit 1', async () => {
    await rm(`${kubernetes}/admin.conf`);
    const { code, err } = await run('kubeconfig', 'fetch', ...at(0));
    expect(code).toBe(1);
    expect(err).toMatch(/root@127\.0\.0\.1.*\/etc\/kubernetes\/admin\.conf is missing\n.*kinit init/);
  });

  it('asks for the host to fetch from: exit 3', async () => {
    expect(await run('kubeconfig', 'fetch')).toMatchObject({ code: 3, err: expect.stringContaining('--host') });
  });
});

describe('kinit unlock', () => {
  const lock = { by: 'ann@laptop', command: 'kinit init', since: '2026-01-01T00:00:00.000Z' };

  it('removes the lock and says whose it was, or that there was none', async () => {
    await writeFile(`${locks}/lock`, JSON.stringify(lock));
    const first = await run('unlock', ...at(0));
    expect(first).toMatchObject({ code: 0 });
    expect(first.out).toMatch(
      /^root@127\.0\.0\.1\S* +done +removed the lock of ann@laptop, kinit init, since 2026-01-01T/m,
    );
    await expect(stat(`${locks}/lock`)).rejects.toThrow('ENOENT');
    expect((await run('unlock', ...at(0))).out).toMatch(/done +there was no lock$/m);
  });

  it('does so on many hosts, and a dead one does not stop the others: exit 4', async () => {
    await servers[1]?.close();
    const { code, out } = await run('unlock', ...at(0), ...at(1));
    expect(code).toBe(4);
    expect(out).toMatch(/done +there was no lock/);
    expect(out).toMatch(/failed +/);
  });
});
