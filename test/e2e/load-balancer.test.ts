import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { haproxyCaFile, haproxyConfiguration, haproxyFile } from '../../src/manifests/haproxy.ts';
import {
  keepalivedCheck,
  keepalivedCheckFile,
  keepalivedConfiguration,
  keepalivedFile,
} from '../../src/manifests/keepalived.ts';
import type { LabHost } from '../lab/host.ts';
import { run } from '../lab/process.ts';
import { type Found, find, kept } from './found.ts';
import { at, eventually, kit, on, ssh } from './kit.ts';

const k = kit('load-balancer');
const { version } = k.lab;
const file = join(k.folder, 'cluster.yaml');
const manifest = join(import.meta.dirname, 'manifests', 'pod-network.yaml');
let hosts: readonly LabHost[];
let found: ReadonlyMap<string, Found>;

beforeAll(async () => {
  hosts = await k.lab.up(['m1', 'n1'].map((name) => ({ name, flavour: 'centos-stream-9' as const })));
  found = new Map(await Promise.all(hosts.map(async (host) => [host.name, await find(host)] as const)));
  writeFile('kind: local');
});
afterAll(() => k.lab.down());

/** The one file, with this load balancer. */
function writeFile(balancer: string): void {
  const { registry, repository, timeServer } = k.lab;
  const entries = hosts.map(
    ({ name, address }, index) =>
      `- { name: ${name}, address: ${address}${index === 0 ? ', role: control-plane' : ''} }`,
  );
  const text = `apiVersion: kinit.dev/v1alpha1
kind: Inventory
ssh: { user: root }
hosts:
${entries.join('\n')}
preparation: { ntpServers: [${timeServer}] }
packages: { source: '${repository.url}', gpgKeys: ['${repository.key}'] }
runtime:
  registryMirrors: { ${version.imageRepository}: ['http://${registry}'], docker.io: ['http://${registry}'] }
network: { plugin: ${manifest} }
loadBalancer: { ${balancer} }
---
${k.cluster({ podSubnet: '10.244.0.0/16' })}`;
  writeFileSync(file, text);
}

const kinit = (...argv: string[]) => k.kinit([...argv, '--config', file, ...ssh(k)], { timeout: 570 });
const master = () => hosts[0]!;
const worker = () => hosts[1]!;

/** `ADDRESS:PORT PROGRAM` of every connection from the host to the port. */
async function connections(host: LabHost, port = 6443): Promise<readonly string[]> {
  const lines = await on(host, 'ss', '-Htnp', 'state', 'established', 'dport', '=', `:${port}`);
  return lines.split('\n').flatMap((line) => {
    const [, , , to, users = ''] = line.trim().split(/\s+/);
    return to === undefined ? [] : [`${to} ${/"([^"]+)"/.exec(users)?.[1]}`];
  });
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime: string;
}

async function readiness(node: string): Promise<Condition | undefined> {
  const { status } = JSON.parse(await k.kubectl('get', 'node', node, '-o', 'json')) as {
    status: { conditions: Condition[] };
  };
  return status.conditions.find(({ type }) => type === 'Ready');
}

const untilReady = () =>
  eventually('both nodes to be Ready', 240_000, async () => {
    const all = await Promise.all(['m1', 'n1'].map(readiness));
    return all.every((condition) => condition?.status === 'True') || undefined;
  });

describe('the real programs take', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kinit-balancers-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const servers = [
    { name: 'm1', address: '10.0.0.11', port: 6443 },
    { name: 'm2.example.com', address: 'fd00::12', port: 7443 },
  ];

  /** Debian's program with these files beside it. */
  async function asked(program: string, files: Readonly<Record<string, string>>, ...argv: string[]) {
    const { balancers } = await k.lab.artefacts();
    const root = join(folder, program);
    cpSync(join(balancers, 'programs', program), root, { recursive: true });
    for (const [path, text] of Object.entries(files)) {
      await run(['mkdir', '-p', join(root, dirname(path))]);
      writeFileSync(join(root, path), text, { mode: path.endsWith('.sh') ? 0o755 : 0o644 });
    }
    return k.lab.workstation(['chroot', root, ...argv]);
  }

  it('the configuration of haproxy', async () => {
    const ca = await on(master(), 'cat', '/etc/pki/tls/certs/ca-bundle.crt').catch(() =>
      on(master(), 'cat', '/etc/ssl/certs/ca-certificates.crt'),
    );
    const text = haproxyConfiguration({
      bind: '127.0.0.1',
      port: 6443,
      servers,
      readyStatus: 200,
      caFile: haproxyCaFile,
    });
    const { code, stderr } = await asked(
      'haproxy',
      { [haproxyFile]: text, [haproxyCaFile]: ca },
      'haproxy',
      '-c',
      '-f',
      haproxyFile,
    );
    expect(code, stderr).toBe(0);
    expect(stderr).not.toMatch(/WARNING|ALERT/);
  });

  it('the configuration of keepalived', async () => {
    const links = (await k.lab.workstation(['ip', '-o', 'link'])).stdout.split('\n');
    const device = links.flatMap((line) => /^\d+: ([^:@]+)/.exec(line)?.[1] ?? []).find((name) => name !== 'lo') ?? '';
    const settings = { name: 'm1', address: '10.0.0.11', virtual: '10.0.0.100', interface: device, routerId: 100 };
    const text = keepalivedConfiguration({ ...settings, controlPlanes: ['10.0.0.11', '10.0.0.12', '10.0.0.13'] });
    const files = { [keepalivedFile]: text, [keepalivedCheckFile]: keepalivedCheck('10.0.0.11', 6443, 200) };
    const { code, stderr } = await asked('keepalived', files, 'keepalived', '--config-test', '-f', keepalivedFile);
    expect(code, stderr).toBe(0);
  });
});

describe('a worker with a load balancer of its own', () => {
  it('joins in one run and reaches the API server through it, its kubelet and its kube-proxy', async () => {
    const { code, stdout, stderr } = await kinit('up');
    expect(code, `${stdout}${stderr}`).toBe(0);
    const fetched = ['kubeconfig', 'fetch', '--host', `root@${master().address}`, ...ssh(k), '--to', k.kubeconfig];
    expect((await k.kinit(fetched)).code).toBe(0);
    expect(await on(worker(), 'getent', 'hosts', 'api.kinit.internal')).toMatch(/^127\.0\.0\.1 /);
    expect(await on(master(), 'getent', 'hosts', 'api.kinit.internal')).toMatch(new RegExp(`^${master().address} `));
    // A kubelet's first connection, to the control plane that it was led to, ends when nobody uses it any more.
    await eventually('everybody to go through haproxy alone', 240_000, async () => {
      const all = await connections(worker());
      const through = ['kubelet', 'kube-proxy'].every((program) => all.includes(`127.0.0.1:6443 ${program}`));
      const others = all.filter((to) => !to.startsWith('127.0.0.1:') && to !== `${master().address}:6443 haproxy`);
      if (others.length > 0) throw new Error(others.join(', '));
      return through || undefined;
    });
  });

  it('is as the file says: nothing is left to plan', async () => {
    const { code, stdout, stderr } = await kinit('plan', '--all', '--exit-code');
    expect([code, stdout], stderr).toEqual([0, 'Nothing to do: everything is as the file says.\n']);
  });

  /** Rejects where the worker is not Ready all the time, for longer than a controller manager waits for its kubelet. */
  let stays: Promise<void>;

  it('has an API server that starts anew', async () => {
    await untilReady();
    const before = await readiness('n1');
    await on(master(), 'pkill', 'kube-apiserver');
    await eventually('the API server to be back', 120_000, async () => (await readiness('n1')) ?? undefined);
    const watched = async () => {
      const until = Date.now() + 60_000;
      while (Date.now() < until) {
        const now = await readiness('n1').catch(() => undefined);
        if (now !== undefined)
          expect(now).toMatchObject({ status: 'True', lastTransitionTime: before?.lastTransitionTime });
        await new Promise((resolve) => setTimeout(resolve, 2000));
      }
    };
    stays = watched();
    stays.catch(() => {});
  });

  it('takes another configuration up by a reload: haproxy stays, and connections go on', async () => {
    const first = async () => (await on(worker(), 'pgrep', '-o', '-f', '^haproxy .*haproxy.cfg')).trim();
    const workers = async () =>
      (await on(worker(), 'pgrep', '-f', '^haproxy .*haproxy.cfg')).trim().split('\n').slice(1);
    const [main, before] = [await first(), await workers()];
    await on(worker(), 'sh', '-c', `echo '# by hand' >>${haproxyFile}`);
    const planned = await kinit('plan', '--all');
    expect(planned.stdout).toContain(`[load-balancer] ${haproxyFile}`);
    expect((await kinit('up', '--all')).code).toBe(0);
    expect(await on(worker(), 'cat', haproxyFile)).not.toContain('by hand');
    await eventually('another worker of haproxy', 30_000, async () => {
      const now = await workers();
      return now.some((pid) => !before.includes(pid)) || undefined;
    });
    expect(await first()).toBe(main);
  });

  it('stayed Ready meanwhile', () => stays);

  it('comes back by itself after a power loss of all hosts', async () => {
    await Promise.all(hosts.map((host) => host.kill()));
    await Promise.all(hosts.map((host) => host.start()));
    await eventually('the cluster to answer', 240_000, async () => (await readiness('n1')) ?? undefined);
    await untilReady();
    await eventually(
      'the kubelet to go through haproxy',
      120_000,
      async () => (await connections(worker())).includes('127.0.0.1:6443 kubelet') || undefined,
    );
    await untilReady();
  });

  it('is gone with a reset, which leaves the hosts prepared', async () => {
    const { code, stdout, stderr } = await k.kinit(['reset', '--force', ...at(...hosts), ...ssh(k)], { timeout: 300 });
    expect(code, `${stdout}${stderr}`).toBe(0);
    expect((await worker().run(['pgrep', '-f', '^haproxy .*haproxy.cfg'])).stdout).toBe('');
    expect((await worker().run(['test', '-e', dirname(haproxyFile)])).code).toBe(1);
  });
});

describe('a virtual address that keepalived holds, on the same hosts', () => {
  const virtual = () => master().address.replace(/\d+$/, '200');

  it('is refused where a host has it', async () => {
    writeFile(`kind: keepalived, address: ${virtual()}`);
    await on(worker(), 'ip', 'address', 'add', `${virtual()}/32`, 'dev', 'eth0');
    const { code, stdout } = await kinit('preflight');
    await on(worker(), 'ip', 'address', 'del', `${virtual()}/32`, 'dev', 'eth0');
    expect(code).not.toBe(0);
    expect(stdout.replace(/\s+/g, ' ')).toContain('VirtualAddress');
  });

  it('leads the nodes to the API servers through haproxy', async () => {
    const { code, stdout, stderr } = await kinit('up');
    expect(code, `${stdout}${stderr}`).toBe(0);
    expect(await on(master(), 'ip', '-o', 'address', 'show', 'dev', 'eth0')).toContain(` ${virtual()}/32 `);
    expect(await on(worker(), 'getent', 'hosts', 'api.kinit.internal')).toContain(virtual());
    await eventually('the worker to go through the virtual address', 240_000, async () => {
      const all = await connections(worker(), 8443);
      const through = ['kubelet', 'kube-proxy'].every((program) => all.includes(`${virtual()}:8443 ${program}`));
      return through || undefined;
    });
    const certificate = await on(
      master(),
      'openssl',
      'x509',
      '-noout',
      '-text',
      '-in',
      '/etc/kubernetes/pki/apiserver.crt',
    );
    expect(certificate).toContain(`IP Address:${virtual()}`);
  });

  it('is as the file says: nothing is left to plan', async () => {
    const { code, stdout, stderr } = await kinit('plan', '--all', '--exit-code');
    expect([code, stdout], stderr).toEqual([0, 'Nothing to do: everything is as the file says.\n']);
  });

  it('stays where the API server is not ready, since nobody else could have it', async () => {
    const holds = async () =>
      (await on(master(), 'ip', '-o', 'address', 'show', 'dev', 'eth0')).includes(` ${virtual()}/32 `);
    expect(await holds()).toBe(true);
    await on(master(), 'pkill', '-STOP', 'kube-apiserver');
    await new Promise((resolve) => setTimeout(resolve, 15_000));
    const stayed = await holds();
    await on(master(), 'pkill', '-CONT', 'kube-apiserver');
    expect(stayed).toBe(true);
  });

  it('leaves its hosts as found', async () => {
    const { code, stdout, stderr } = await kinit('down', '--yes');
    expect(code, `${stdout}${stderr}`).toBe(0);
    for (const host of hosts) expect(kept(await find(host)), host.name).toEqual(kept(found.get(host.name)!));
  });
});
