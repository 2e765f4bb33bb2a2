import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCodes } from '../../src/errors.ts';
import { type EtcdClient, type EtcdSettings, etcdClient } from '../../src/etcd/gateway.ts';
import { hasStarted, initialCluster, memberAt } from '../../src/etcd/members.ts';
import { etcdVersions } from '../../src/etcd/version.ts';
import { type Pair, testAuthority, testCertificate } from '../certificates.ts';

/** Debian's etcd-server, or another one in KINIT_TEST_ETCD. */
const binary = process.env['KINIT_TEST_ETCD'] ?? '/usr/bin/etcd';

const isInstalled = isExecutable(binary);

describe.skipIf(!isInstalled)(`a real etcd (${binary}${isInstalled ? '' : ', not installed here'})`, () => {
  let folder: string;
  let authority: Pair;
  let client: Pair;
  let first: Member;
  let second: Member;
  const running: ChildProcess[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kinit-etcd-'));
    authority = await testAuthority('etcd-ca');
    client = await testCertificate(authority, 'kube-etcd-healthcheck-client');
    const own = await testCertificate(authority, 'cp', ['127.0.0.1', 'localhost']);
    await writeFile(join(folder, 'ca.crt'), authority.certificate);
    await writeFile(join(folder, 'own.crt'), own.certificate);
    await writeFile(join(folder, 'own.key'), own.key.reveal(), { mode: 0o600 });
    first = await member('cp1');
    second = await member('cp2');
    start(first, `cp1=${first.peerURL}`, 'new');
    await using(opened(first), (etcd) => until(async () => (await etcd.healthy()).size === 1));
  });

  afterAll(async () => {
    for (const child of running) child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  interface Member {
    readonly name: string;
    readonly peerURL: string;
    readonly clientURL: string;
  }

  async function member(name: string): Promise<Member> {
    return {
      name,
      peerURL: `https://127.0.0.1:${await freePort()}`,
      clientURL: `https://127.0.0.1:${await freePort()}`,
    };
  }

  function start({ name, peerURL, clientURL }: Member, cluster: string, state: 'new' | 'existing'): void {
    const at = (file: string) => join(folder, file);
    const flags = {
      name,
      'data-dir': at(name),
      'initial-cluster': cluster,
      'initial-cluster-state': state,
      'listen-peer-urls': peerURL,
      'initial-advertise-peer-urls': peerURL,
      'listen-client-urls': clientURL,
      'advertise-client-urls': clientURL,
      'cert-file': at('own.crt'),
      'key-file': at('own.key'),
      'trusted-ca-file': at('ca.crt'),
      'client-cert-auth': 'true',
      'peer-cert-file': at('own.crt'),
      'peer-key-file': at('own.key'),
      'peer-trusted-ca-file': at('ca.crt'),
      'peer-client-cert-auth': 'true',
    };
    const argv = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
    running.push(spawn(binary, argv, { stdio: 'ignore' }));
  }

  const opened = (where: Member, change: Partial<EtcdSettings> = {}): EtcdClient =>
    etcdClient({ servers: [where.clientURL], ca: authority.certificate, client, ...change });

  it('tells its members, its version and its health', async () => {
    await using(opened(first), async (etcd) => {
      const [only, ...others] = await etcd.members();
      expect(others).toEqual([]);
      expect(only).toMatchObject({
        name: 'cp1',
        peerURLs: [first.peerURL],
        clientURLs: [first.clientURL],
        isLearner: false,
      });
      const status = await etcd.status();
      expect(status).toMatchObject({ memberId: only?.id, leaderId: only?.id, isLearner: false });
      expect(status.version).toMatch(/^3\.\d+\.\d+/);
      expect(status.databaseBytes).toBeGreaterThan(0);
      expect(await etcd.healthy()).toEqual(new Set([first.clientURL]));
      expect(await etcd.alarms()).toEqual([]);
    });
  });

  it('is reached through a stream that somebody else opens', async () => {
    let dialled = 0;
    const dial = async ({ host, port }: { host: string; port: number }) => {
      dialled++;
      return connect({ host, port });
    };
    await using(opened(first, { dial }), async (etcd) => {
      await etcd.members();
      await etcd.members();
    });
    expect(dialled).toBe(1);
  });

  it('tells its version to who shows a certificate of its CA, and to nobody else', async () => {
    const dial = async (target: { host: string; port: number }) => connect(target);
    const ask = async (change: object) => {
      const [answer] = await etcdVersions({ servers: [first.clientURL], dial, retryForMs: 0, ...change });
      return answer;
    };
    const ca = authority.certificate;
    expect(await ask({ ca, client })).toMatchObject({ version: expect.stringMatching(/^3\.\d+\.\d+/) });
    expect(await ask({ ca })).toMatchObject({ error: expect.any(String) });
    const other = (await testAuthority('other-ca')).certificate;
    expect(await ask({ ca: other, client })).toMatchObject({
      error: expect.stringContaining('the expected CA has not signed'),
    });
  });

  it('is asked at the first of its servers that answers', async () => {
    const dead = `https://127.0.0.1:${await freePort()}`;
    await using(opened(first, { servers: [dead, first.clientURL] }), async (etcd) => {
      expect(await etcd.members()).toHaveLength(1);
      expect(await etcd.healthy()).toEqual(new Set([first.clientURL]));
    });
  });

  it('takes a learner, lets it catch up, gives it a vote, and lets it go', async () => {
    await using(opened(first), async (etcd) => {
      const { member: announced, members } = await etcd.add(second.peerURL, 'learner');
      expect(announced).toMatchObject({ name: '', peerURLs: [second.peerURL], isLearner: true });
      expect(hasStarted(announced)).toBe(false);
      expect(await etcd.promote(announced.id)).toBe(false);
      await expect(etcd.add(second.peerURL, 'learner')).rejects.toMatchObject({
        message: expect.stringContaining('already exist'),
      });

      const peers = initialCluster(members, second).map(({ name, peerURL }) => `${name}=${peerURL}`);
      start(second, peers.join(','), 'existing');
      await until(() => etcd.promote(announced.id));
      expect(await etcd.promote(announced.id)).toBe(true);
      const voter = memberAt(await etcd.members(), second.peerURL);
      expect(voter).toMatchObject({ id: announced.id, name: 'cp2', isLearner: false, clientURLs: [second.clientURL] });
      await using(opened(second), async (own) => {
        await until(async () => (await own.healthy()).size === 1);
        expect(await own.status()).toMatchObject({ memberId: announced.id, isLearner: false });
      });

      expect(await etcd.remove(announced.id)).toBe(true);
      expect(await etcd.remove(announced.id)).toBe(false);
      expect(await etcd.members()).toHaveLength(1);
    });
  });

  it('is not trusted when another CA signed it: exit 6', async () => {
    const other = (await testAuthority('etcd-ca')).certificate;
    await using(opened(first, { ca: other }), async (etcd) => {
      await expect(etcd.members()).rejects.toMatchObject({ exitCode: exitCodes.trustRefused });
    });
  });

  it('lets nobody in whose certificate is of another CA', async () => {
    const stranger = await testCertificate(await testAuthority('etcd-ca'), 'stranger');
    await using(opened(first, { client: stranger, retryForMs: 0 }), async (etcd) => {
      await expect(etcd.members()).rejects.toMatchObject({ exitCode: exitCodes.phaseFailed });
      expect(await etcd.healthy()).toEqual(new Set());
    });
  });

  it('is said to refuse connections where there is none', async () => {
    const nowhere = { ...first, clientURL: `https://127.0.0.1:${await freePort()}` };
    await using(opened(nowhere, { retryForMs: 0 }), async (etcd) => {
      await expect(etcd.members()).rejects.toThrow(`${nowhere.clientURL} refuses connections`);
    });
  });
});

async function using<T>(etcd: EtcdClient, act: (etcd: EtcdClient) => Promise<T>): Promise<T> {
  try {
    return await act(etcd);
  } finally {
    etcd.close();
  }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 50_000; !(await holds()); await sleep(50)) {
    if (Date.now() > deadline) throw new Error('it never came true');
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
