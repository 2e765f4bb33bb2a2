import { randomBytes } from 'node:crypto';
import { chown, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readKubeconfig } from '../../src/pki/kubeconfig.ts';
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
      users: [{ name: 'green-admin' }, { name: 'blue-admin@blue' }],
    });
    expect((await stat(config())).mode & 0o777).toBe(0o600);

    expect(await run('kubeconfig', 'fetch', ...at(0), '--force')).toMatchObject({ code: 0 });
    expect(await readFile(config(), 'utf8')).toBe(fetched);
  });

  it('says what it changed, how to go back, and where what was there is kept, for its owner alone', async () => {
    await mkdir(join(home, '.kube'));
    const mine = await adminConf('green', await testAuthority());
    await writeFile(config(), mine, { mode: 0o644 });
    const { err } = await run('kubeconfig', 'fetch', ...at(0), '--merge');
    expect(err).toContain('added the cluster blue, its user blue-admin@blue and the context blue-admin@blue');
    expect(err).toContain('kubectl config use-context green-admin@green goes back');
    const [, backup = ''] = /What it held before is in (\S+)/.exec(err) ?? [];
    expect(await readFile(backup, 'utf8')).toBe(mine);
    expect((await stat(backup)).mode & 0o777).toBe(0o600);

    const before = await readdir(join(home, '.kube'));
    const again = await run('kubeconfig', 'fetch', ...at(0), '--merge');
    expect(again).toMatchObject({ code: 0, err: expect.stringContaining('knows the cluster blue already') });
    expect(await readdir(join(home, '.kube'))).toEqual(before);
  });

  it.runIf(process.getuid?.() === 0)(
    'leaves a file that is another user’s to that user, and what it held too',
    async () => {
      await mkdir(join(home, '.kube'));
      await writeFile(config(), await adminConf('green', await testAuthority()));
      await chown(config(), 65534, 65533);
      expect(await run('kubeconfig', 'fetch', ...at(0), '--merge')).toMatchObject({ code: 0 });
      for (const name of await readdir(join(home, '.kube'))) {
        expect(await stat(join(home, '.kube', name))).toMatchObject({ uid: 65534, gid: 65533 });
      }
    },
  );

  it('adds to the file behind a link, and to the one of $KUBECONFIG that kubectl would write to', async () => {
    await writeFile(join(home, 'real'), await adminConf('green', await testAuthority()));
    await symlink(join(home, 'real'), join(home, 'link'));
    await writeFile(join(home, 'second'), await adminConf('blue', await testAuthority()));
    const KUBECONFIG = ['none', 'link', 'second'].map((name) => join(home, name)).join(':');
    const { code } = await kinit(['kubeconfig', 'fetch', ...at(0), '--merge'], {
      cwd: home,
      env: { HOME: home, KUBECONFIG },
    });
    expect(code).toBe(0);
    expect((await lstat(join(home, 'link'))).isSymbolicLink()).toBe(true);
    expect(parseYaml(await readFile(join(home, 'real'), 'utf8'), 'real')[0]?.value).toMatchObject({
      clusters: [{ name: 'green' }, { name: 'blue-2' }],
      'current-context': 'blue-admin@blue-2',
    });
    await expect(stat(config())).rejects.toThrow('ENOENT');
  });

  it.each([
    ['a list', '- a\n', 'is not a kubeconfig'],
    ['a string', 'hello\n', 'is not a kubeconfig'],
    ['another kind', 'kind: Pod\n', 'is not a kubeconfig'],
    ['entries that are no list', 'clusters: {a: 1}\n', 'is not a list'],
    ['an entry without a name', 'users: [{user: {}}]\n', 'has no name'],
    ['two documents', 'kind: Config\n---\nkind: Config\n', 'several documents'],
  ])('does not merge into %s: exit 3, nothing written', async (_, text, why) => {
    await mkdir(join(home, '.kube'));
    await writeFile(config(), text);
    const { code, err } = await run('kubeconfig', 'fetch', ...at(0), '--merge');
    expect([code, err]).toEqual([3, expect.stringContaining(why)]);
    expect(await readdir(join(home, '.kube'))).toEqual(['config']);
    expect(await readFile(config(), 'utf8')).toBe(text);
  });

  it('writes no device and no folder, and nothing that it could not read before', async () => {
    for (const path of ['/dev/null', home]) {
      const { code, err } = await run('kubeconfig', 'fetch', ...at(0), '--force', '--to', path);
      expect([code, err]).toEqual([3, expect.stringContaining(`${path} is not a file`)]);
    }
  });

  it('writes where it is told to', async () => {
    expect(await run('kubeconfig', 'fetch', ...at(0), '--to', 'here.conf')).toMatchObject({ code: 0 });
    expect(await readFile(join(home, 'here.conf'), 'utf8')).toBe(fetched);
  });

  it('takes it from any control plane of the file, whatever became of the first', async () => {
    const inventory = `apiVersion: kinit.dev/v1alpha1
kind: Inventory
ssh: { user: root }
hosts:
- { name: m1, address: 127.0.0.2, role: control-plane, ssh: { port: 1 } }
- { name: m2, address: 127.0.0.1, role: control-plane, ssh: { port: ${servers[1]?.port} } }
- { name: m3, address: 127.0.0.3, role: control-plane, ssh: { port: 1 } }
`;
    await writeFile(join(home, 'cluster.yaml'), inventory);
    const file = ['--config', 'cluster.yaml'];
    expect(await run('kubeconfig', 'fetch', ...file)).toMatchObject({ code: 0 });
    expect(await readFile(config(), 'utf8')).toBe(fetched);
    await rm(`${kubernetes}/admin.conf`);
    expect(await run('kubeconfig', 'fetch', ...file, '--force')).toMatchObject({ code: 1 });
    expect(await run('kubeconfig', 'fetch', ...file, ...at(1), '--force')).toMatchObject({ code: 3 });
    expect(await run('kubeconfig', 'fetch', '--force')).toMatchObject({ code: 3 });
  });

  const forge = async (entry: string, fields: object, only = false) => {
    const config = parseYaml(fetched, 'admin.conf')[0]?.value as Record<string, Record<string, object>[]>;
    const list = `${entry}s`;
    const changed = config[list]?.map((each) => ({ ...each, [entry]: { ...(only ? {} : each[entry]), ...fields } }));
    await writeFile(`${kubernetes}/admin.conf`, toYaml({ ...config, [list]: changed }));
  };

  it.each([
    ['runs a program', 'user', { exec: { apiVersion: 'v1', command: 'sh' } }, 'users[0].user.exec'],
    ['hands out a file', 'user', { tokenFile: '/root/.ssh/id_rsa' }, 'users[0].user.tokenFile'],
    ['has a password', 'user', { username: 'a', password: 'b' }, 'users[0].user.password'],
    ['goes another way', 'cluster', { 'proxy-url': 'http://192.0.2.9' }, 'clusters[0].cluster.proxy-url'],
  ])('leaves out, and names, what %s', async (_, entry, fields, place) => {
    await forge(entry, fields);
    const { code, err } = await run('kubeconfig', 'fetch', ...at(0));
    expect([code, err]).toEqual([0, expect.stringContaining(place)]);
    expect(await readFile(config(), 'utf8')).toBe(fetched);
  });

  it.each([
    ['a program', { exec: { apiVersion: 'v1', command: 'sh' } }],
    ['a file', { tokenFile: '/root/.ssh/id_rsa' }],
  ])('refuses one that logs in with %s alone, and writes nothing: exit 6', async (_, fields) => {
    await forge('user', fields, true);
    const { code, err } = await run('kubeconfig', 'fetch', ...at(0));
    expect([code, err]).toEqual([6, expect.stringContaining(`users[0].user.${Object.keys(fields)[0]}`)]);
    await expect(stat(config())).rejects.toThrow('ENOENT');
  });

  it.each(['\u0085', '\u2028', '\u2029'])(
    'writes nothing of one in which kubectl would see other lines: %j',
    async (mark) => {
      const program = 'users: [{name: blue-admin, user: {exec: {apiVersion: v1, command: sh}}}]';
      await writeFile(`${kubernetes}/admin.conf`, `${fetched}# text${mark}${program}\n`);
      const { code, err } = await run('kubeconfig', 'fetch', ...at(0));
      expect([code, err]).toEqual([1, expect.stringContaining('invisible line break')]);
      await expect(stat(config())).rejects.toThrow('ENOENT');
    },
  );

  it('embeds what the files hold that it names, read where it lies, relative ones beside it', async () => {
    const { ca, clientCertificate, clientKey } = readKubeconfig(fetched);
    await mkdir(`${kubernetes}/pki`);
    await writeFile(`${kubernetes}/pki/ca.crt`, ca ?? '');
    await writeFile(`${kubernetes}/admin.crt`, clientCertificate ?? '');
    await writeFile(`${kubernetes}/admin.key`, clientKey?.reveal() ?? '');
    const server = 'https://192.0.2.10:6443';
    await forge('cluster', { server, 'certificate-authority': 'pki/ca.crt' }, true);
    const named = await readFile(`${kubernetes}/admin.conf`, 'utf8');
    const files = '{client-certificate: /etc/kubernetes/admin.crt, client-key: admin.key}';
    await writeFile(`${kubernetes}/admin.conf`, named.replace(/ {2}user:\n.*$/s, `  user: ${files}\n`));
    expect(await run('kubeconfig', 'fetch', ...at(0))).toMatchObject({ code: 0 });
    expect(await readFile(config(), 'utf8')).toBe(fetched);
  });

  it.each([
    ['no server', { server: '' }],
    ['a server that is no URL', { server: 'https://:x' }],
    ['a server with a line break', { server: 'https://a\nb' }],
    ['a CA that is none', { 'certificate-authority-data': 'aGVsbG8=' }],
    ['a CA in what is no base64', { 'certificate-authority-data': '!!!' }],
  ])('refuses one with %s, names the host, and writes nothing', async (_, fields) => {
    await forge('cluster', fields);
    const { code, err } = await run('kubeconfig', 'fetch', ...at(0));
    expect([code, err]).toEqual([1, expect.stringContaining('root@127.0.0.1')]);
    await expect(stat(config())).rejects.toThrow('ENOENT');
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
