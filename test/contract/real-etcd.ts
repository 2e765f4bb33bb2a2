import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EtcdClient, type EtcdSettings, etcdClient } from '../../src/etcd/gateway.ts';
import { type Pair, testAuthority, testCertificate } from '../certificates.ts';
import type { EtcdFlags } from '../fakes/etcd.ts';
import { cacheDir } from '../lab/places.ts';
import type { EtcdUnderTest } from './etcd.contract.ts';

/** KINIT_TEST_ETCD, else Debian's etcd-server, installed or as the lab has unpacked it; undefined where there is none. */
export const etcdBinary = [
  process.env['KINIT_TEST_ETCD'] ?? '/usr/bin/etcd',
  ...(existsSync(cacheDir) ? readdirSync(cacheDir) : [])
    .filter((name) => name.startsWith('builder-'))
    .map((name) => join(cacheDir, name, 'usr/bin/etcd')),
].find(isExecutable);

/** Processes of etcd on loopback ports, with TLS and client certificates as kubeadm's have. */
export interface RealEtcd extends EtcdUnderTest {
  readonly authority: Pair;
  readonly client: Pair;
  open(member: EtcdFlags, change?: Partial<EtcdSettings>): EtcdClient;
}

/** With its first member starting. */
export async function realEtcd(binary: string): Promise<RealEtcd> {
  const folder = await mkdtemp(join(tmpdir(), 'kinit-etcd-'));
  const at = (file: string) => join(folder, file);
  const authority = await testAuthority('etcd-ca');
  const client = await testCertificate(authority, 'kube-etcd-healthcheck-client');
  const own = await testCertificate(authority, 'cp', ['127.0.0.1', 'localhost']);
  await writeFile(at('ca.crt'), authority.certificate);
  await writeFile(at('own.crt'), own.certificate);
  await writeFile(at('own.key'), own.key.reveal(), { mode: 0o600 });
  const [first, second, third] = [await member('cp1'), await member('cp2'), await member('cp3')];
  const running = new Map<string, ChildProcess>();
  const run = ({ name, peerURL, clientURL }: EtcdFlags, more: Readonly<Record<string, string>>) => {
    const flags = {
      name,
      'data-dir': at(name),
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
      ...more,
    };
    const argv = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
    running.set(name, spawn(binary, argv, { stdio: 'ignore' }));
  };
  run(first, { 'initial-cluster': `${first.name}=${first.peerURL}`, 'initial-cluster-state': 'new' });
  return {
    authority,
    client,
    first,
    second,
    third,
    open: ({ clientURL }, change = {}) =>
      etcdClient({
        servers: [clientURL],
        ca: authority.certificate,
        client,
        retryForMs: 0,
        timeoutMs: 10_000,
        ...change,
      }),
    start: (one, cluster, how) =>
      run(one, {
        'initial-cluster': cluster,
        'initial-cluster-state': 'existing',
        ...(how === 'forceNewCluster' ? { 'force-new-cluster': 'true' } : {}),
      }),
    async stop({ name }) {
      const child = running.get(name);
      const ended = new Promise((resolve) => child?.once('exit', resolve));
      child?.kill('SIGKILL');
      await ended;
    },
    async close() {
      for (const child of running.values()) child.kill('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function member(name: string): Promise<EtcdFlags> {
  return {
    name,
    peerURL: `https://127.0.0.1:${await freePort()}`,
    clientURL: `https://127.0.0.1:${await freePort()}`,
  };
}

/** Of which nobody makes use at this moment. */
export async function freePort(): Promise<number> {
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
