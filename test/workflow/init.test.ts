import { generateKeyPairSync } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { initRequest } from '../../src/config/init.ts';
import type { InitFlags } from '../../src/config/init-flags.ts';
import type { Run } from '../../src/execute/run.ts';
import { overlayHost } from '../../src/host/overlay.ts';
import { overlayKubeClient } from '../../src/kube/overlay-client.ts';
import { keyPool } from '../../src/pki/keys.ts';
import { parseVersion } from '../../src/release/version.ts';
import type { ReportEvent } from '../../src/report/reporter.ts';
import { asClients } from '../../src/workflows/host-clients.ts';
import { type InitInput, init } from '../../src/workflows/node/init.ts';

import { FakeKube } from '../fakes/kube.ts';
import { FakeMachine } from '../fakes/machine.ts';
import { Killed, power } from '../fakes/power.ts';
import { quietRun } from '../run.ts';
import { perfect } from '../unit/preflight/hosts.ts';

const now = Date.UTC(2026, 0, 1);
/** An old order of phases (kubelet first), and a newer one (kubelet last). */
const versions = ['v1.20.2', 'v1.31.4'] as const;

let cluster: FakeKube;
let machine: FakeMachine;

function bare(version: string): void {
  cluster = new FakeKube();
  machine = new FakeMachine({ name: 'cp1', facts: perfect(version), cluster });
}

function input(version: string, flags: InitFlags = {}, more: Partial<InitInput> = {}): InitInput {
  return {
    request: initRequest({ flags: { podNetworkCidr: '10.244.0.0/16', ...flags } }),
    version: parseVersion(version),
    host: machine,
    run: run(),
    selection: {},
    patches: [],
    proxyEnvironment: new Map(),
    uploadCerts: false,
    clients: { kube: machine.kube, close: () => {} },
    ...more,
  };
}

const run = (more: Partial<Run> = {}) => quietRun({ now, keys: cheapKeys(), ...more });

/** RSA takes its time, and nothing here depends on it. */
function cheapKeys() {
  const { take } = keyPool();
  return { prefetch: () => {}, discard: () => {}, take: () => take('ECDSA-P256') };
}

/** What is there, without what differs from run to run: keys, what is signed with them, tokens. */
function state() {
  const files = [...machine.files()].map(([path, { mode, text }]) => [path, mode, isMinted(path) ? '' : text]);
  const objects = cluster.objects().map(({ kind, metadata, ...rest }) => {
    const name = `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
    return isToken(name) ? 'a token' : JSON.stringify([name, metadata.labels, withoutCa(rest)]);
  });
  return { files, objects: objects.sort(), kubelet: machine.services.get('kubelet')?.enabled };
}

const isMinted = (path: string) => /^\/etc\/kubernetes\/(pki\/.*|\w[\w-]*\.conf)$/.test(path);
const isToken = (name: string) => name.includes('/bootstrap-token-');
const withoutCa = (rest: object) => JSON.stringify(rest).replaceAll(/certificate-authority-data: [\w+/=]+/g, '');

const minted = () => new Map([...machine.files()].filter(([path]) => isMinted(path)));

describe.each(versions)('kinit init of %s', (version) => {
  beforeEach(() => bare(version));

  test('changes nothing the second time, and makes no second token', async () => {
    await init(input(version));
    const [before, spent] = [state(), machine.power.spent];
    const told: ReportEvent[] = [];
    const reporter = { report: (event: ReportEvent) => void told.push(event), end() {} };
    const again = await init(input(version, {}, { run: run({ now: now + 60_000, reporter }) }));
    expect(again.changed).toEqual([]);
    expect(told.filter((event) => event.type === 'phase' && event.changes)).toEqual([]);
    expect(machine.power.spent).toBe(spent);
    expect(state()).toEqual(before);
  });

  test('killed after any operation, the same command ends in the same state and makes nothing twice', {
    timeout: 240_000,
  }, async () => {
    await init(input(version));
    const [whole, operations] = [state(), machine.power.spent];
    expect(operations).toBeGreaterThan(60);
    for (let killedAfter = 0; killedAfter < operations; killedAfter++) {
      bare(version);
      machine.power = power(killedAfter);
      await expect(init(input(version)), `killed after ${killedAfter}`).rejects.toThrow(Killed);
      const before = minted();
      machine.power = power();
      await init(input(version, {}, { run: run({ now: now + 60_000 }) }));
      const after = minted();
      for (const [path, file] of before) {
        if (path === '/etc/kubernetes/kubelet.conf') continue;
        expect(after.get(path), `${path}, killed after ${killedAfter}`).toEqual(file);
      }
      expect(state(), `killed after ${killedAfter}`).toEqual(whole);
      expect(machine.isSettled, `kubelet, killed after ${killedAfter}`).toBe(true);
    }
  });

  test('another configuration is refused with the difference, and nothing is touched', async () => {
    await init(input(version));
    const [before, spent] = [state(), machine.power.spent];
    const other = init(input(version, { podNetworkCidr: '10.200.0.0/16' }));
    await expect(other).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/-.*--cluster-cidr=10\.244\.0\.0\/16[\s\S]*\+.*--cluster-cidr=10\.200\.0\.0\/16/),
      hint: expect.stringContaining('kinit reset'),
    });
    expect(machine.power.spent).toBe(spent);
    expect(state()).toEqual(before);
  });

  test('a dry run changes nothing, and tells the same changes as the run', async () => {
    const host = overlayHost({ name: 'cp1', base: machine });
    const clients = asClients(overlayKubeClient());
    const { changed } = await init(input(version, {}, { host, clients, run: run({ rehearsal: true }) }));
    expect(machine.power.spent).toBe(0);
    expect(cluster.calls).toEqual([]);
    const { changed: done } = await init(input(version));
    const kinds = (all: typeof done) => all.map(({ phase, change }) => `${phase} ${change.kind}`);
    const finalize = done.filter(({ phase }) => phase === 'kubelet-finalize');
    expect(kinds(changed)).toEqual(kinds(done.filter((each) => !finalize.includes(each))));
  });

  test('what stands in the way is told at once, before anything is touched', async () => {
    const facts = { ...perfect(version), cpus: 1, systemd: false, runtimes: [] };
    machine = new FakeMachine({ name: 'cp1', facts, cluster });
    await expect(init(input(version))).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/\[ERROR NumCPU\][\s\S]*\[ERROR CRI\][\s\S]*\[ERROR Systemd\]/),
    });
    expect(machine.power.spent).toBe(0);
  });

  test('the phase preflight alone tells of what others left too, and takes what is of this control plane', async () => {
    const only: Partial<InitInput> = { selection: { only: 'preflight' } };
    await machine.write([{ path: '/var/lib/etcd/member/snap/db', content: '', mode: 0o600 }]);
    await expect(init(input(version, {}, only))).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('[ERROR DirAvailable--var-lib-etcd]'),
    });
    bare(version);
    await init(input(version));
    await expect(init(input(version, {}, only))).resolves.toMatchObject({ changed: [] });
  });

  test('a certificate of another CA is named, and nothing is touched', async () => {
    await init(input(version));
    const foreign = machine.text('/etc/kubernetes/pki/apiserver.crt') ?? '';
    bare(version);
    await init(input(version));
    await machine.write([{ path: '/etc/kubernetes/pki/apiserver.crt', content: foreign, mode: 0o644 }]);
    const spent = machine.power.spent;
    await expect(init(input(version))).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('/etc/kubernetes/pki/apiserver'),
    });
    expect(machine.power.spent).toBe(spent);
  });

  test('an expired token is followed by a new one', async () => {
    const { token } = await init(input(version));
    const later = await init(input(version, {}, { run: run({ now: now + 25 * 3600_000 }) }));
    expect(later.token).not.toBe(token);
    expect(later.changed.map(({ phase }) => phase)).toEqual(['bootstrap-token']);
  });

  test('one phase alone, or one step of it, makes what is its own', async () => {
    await init(input(version, {}, { selection: { only: 'certs/ca' } }));
    expect(machine.done).toEqual(['write /etc/kubernetes/pki/ca.key', 'write /etc/kubernetes/pki/ca.crt']);
    await init(input(version, {}, { selection: { only: 'control-plane/scheduler' } }));
    expect([...machine.files().keys()].filter((path) => path.includes('manifests'))).toEqual([
      '/etc/kubernetes/manifests/kube-scheduler.yaml',
    ]);
  });

  test('where the CA is kept elsewhere, nothing is signed here: the controller manager gets no key', async () => {
    await init(input(version, {}, { selection: { only: 'certs' } }));
    await machine.perform([{ op: 'remove', path: '/etc/kubernetes/pki/ca.key' }]);
    await init(input(version, {}, { selection: { only: 'control-plane' } }));
    const manifest = machine.text('/etc/kubernetes/manifests/kube-controller-manager.yaml');
    expect(manifest).toMatch(/--cluster-signing-cert-file=\n[\s\S]*--cluster-signing-key-file=\n/);
  });

  test.each(['ca', 'front-proxy-ca', 'etcd/ca', 'sa'])(
    'a key that no component can use is refused before any file is written: %s',
    async (path) => {
      const { privateKey } = generateKeyPairSync('ed25519', {
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
        publicKeyEncoding: { type: 'spki', format: 'pem' },
      });
      const file = { path: `/etc/kubernetes/pki/${path}.key`, content: privateKey, mode: 0o600 };
      await machine.perform([{ op: 'write', file }]);
      const before = [...machine.done];
      for (const only of [undefined, path === 'sa' ? 'certs/sa' : 'certs']) {
        await expect(init(input(version, {}, { selection: only === undefined ? {} : { only } }))).rejects.toMatchObject(
          {
            exitCode: 2,
            message: expect.stringContaining(`${file.path}: it is an Ed25519 key`),
          },
        );
      }
      expect(machine.done.filter((words) => !words.startsWith('crictl'))).toEqual(before);
    },
  );

  test('leaves out the phases and steps that are skipped', async () => {
    const { changed } = await init(
      input(version, {}, { selection: { skip: ['addon/coredns', 'mark-control-plane'] } }),
    );
    const phases = new Set(changed.map(({ phase, change: { step } }) => (step ? `${phase}/${step}` : phase)));
    expect(phases).toContain('addon/kube-proxy');
    expect(phases).not.toContain('addon/coredns');
    expect(phases).not.toContain('mark-control-plane');
  });

  test('starts the kubelet before it has all keys, then what is waited for first', async () => {
    await init(input(version));
    const at = (end: string) => machine.done.findIndex((words) => words.endsWith(end));
    const order = [
      ['/pki/ca.crt', '/admin.conf', '/kubelet.conf', 'systemctl restart kubelet'],
      ['/pki/etcd/server.crt', '/manifests/etcd.yaml'],
      ['/pki/apiserver.crt', '/pki/sa.key', '/manifests/kube-apiserver.yaml'],
      ['/scheduler.conf', '/manifests/kube-scheduler.yaml'],
    ].map((wave) => wave.map(at));
    expect(order.flat()).not.toContain(-1);
    for (const [index, wave] of order.entries()) {
      expect(Math.max(...wave.slice(0, -1))).toBeLessThan(wave.at(-1) ?? 0);
      expect(Math.max(-1, ...(order[index - 1] ?? []))).toBeLessThan(Math.min(...wave));
    }
  });

  test('stops at Ctrl-C, and the same command goes on', async () => {
    const interrupt = new AbortController();
    machine.onOperation = (words) => void (words.endsWith('/etcd.yaml') && interrupt.abort());
    await expect(init(input(version, {}, { run: run({ signal: interrupt.signal }) }))).rejects.toMatchObject({
      exitCode: 130,
    });
    expect(machine.isKubeletRunning).toBe(true);
    machine.onOperation = () => {};
    await init(input(version));
    expect(machine.isSettled).toBe(true);
  });

  test('names the phase, the change and the words of the host when an operation fails, and stops there', async () => {
    machine.fails = { operation: 'systemctl restart kubelet', stderr: 'Unit kubelet.service is masked' };
    await expect(init(input(version))).rejects.toMatchObject({
      exitCode: 1,
      host: 'cp1',
      message: expect.stringMatching(/^kubelet-start: starting kubelet failed[\s\S]*is masked$/),
    });
    expect(machine.done.at(-1)).toBe('systemctl restart kubelet');
    expect(cluster.objects()).toEqual([]);
  });
});

/** admin.conf is of the group kubeadm:cluster-admins there, which nobody has bound yet. */
describe.each(['v1.29.0', 'v1.31.14', 'v1.36.3'])("the administrator's rights in a cluster of %s", (version) => {
  const binding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    name: 'kubeadm:cluster-admins',
  } as const;
  const superAdministrators = () => cluster.asked.filter((line) => line.startsWith('kubernetes-super-admin '));
  const superAdminConf = '/etc/kubernetes/super-admin.conf';

  beforeEach(() => bare(version));

  test('are bound first of all, with super-admin.conf, which does nothing else', async () => {
    await init(input(version));
    const created = cluster.asked.filter((line) => / (create|update|patch|delete) /.test(line));
    expect(created.slice(0, 2)).toEqual([
      'kubernetes-admin create ClusterRoleBinding kubeadm:cluster-admins',
      'kubernetes-super-admin create ClusterRoleBinding kubeadm:cluster-admins',
    ]);
    expect(superAdministrators()).toHaveLength(1);
    expect(cluster.objects('ConfigMap').map(({ metadata }) => metadata.name)).toContain('kubeadm-config');
  });

  test('are waited for where the API server takes a while to see the binding', async () => {
    cluster.bindingDelay = 300;
    await init(input(version));
    expect(superAdministrators()).toHaveLength(1);
  });

  test('need no super-admin.conf the second time', async () => {
    await init(input(version));
    cluster.asked.length = 0;
    await machine.perform([{ op: 'remove', path: superAdminConf }]);
    await init(input(version, {}, { selection: { skip: ['kubeconfig'] } }));
    expect(superAdministrators()).toEqual([]);
  });

  test('are bound again where somebody took the binding away, and nothing else changes', async () => {
    await init(input(version));
    await cluster.delete(binding);
    cluster.asked.length = 0;
    const { changed } = await init(input(version));
    expect(changed.map(({ change }) => change)).toMatchObject([
      { kind: 'object', object: { metadata: { name: binding.name } } },
    ]);
    expect(superAdministrators()).toEqual(['kubernetes-super-admin create ClusterRoleBinding kubeadm:cluster-admins']);
  });

  test.each(['upload-config/kubeadm', 'upload-certs', 'mark-control-plane', 'bootstrap-token', 'addon/coredns'])(
    'are bound again by phase %s alone',
    async (only) => {
      await init(input(version));
      await cluster.delete(binding);
      await init(input(version, {}, { selection: { only } }));
      expect(await cluster.get(binding)).toBeDefined();
    },
  );

  test.each(['certs', 'control-plane/scheduler', 'kubelet-finalize'])('are not looked at by phase %s', async (only) => {
    await init(input(version));
    await cluster.delete(binding);
    cluster.asked.length = 0;
    await init(input(version, {}, { selection: { only } }));
    expect(cluster.asked).toEqual([]);
  });

  test('are bound with admin.conf itself where that one may: in a cluster that was upgraded from v1.28', async () => {
    await init(input(version));
    await machine.write([
      { path: '/etc/kubernetes/admin.conf', content: machine.text(superAdminConf) ?? '', mode: 0o600 },
    ]);
    await machine.perform([{ op: 'remove', path: superAdminConf }]);
    await cluster.delete(binding);
    await init(input(version, {}, { selection: { only: 'upload-config' } }));
    expect(await cluster.get(binding)).toBeDefined();
  });

  test('cannot be had without super-admin.conf: the error says how it is made', async () => {
    await init(input(version));
    await cluster.delete(binding);
    await machine.perform([{ op: 'remove', path: superAdminConf }]);
    await expect(init(input(version, {}, { selection: { only: 'upload-config' } }))).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringContaining('super-admin.conf'),
    });
    await init(input(version, {}, { selection: { only: 'kubeconfig/super-admin' } }));
    await init(input(version, {}, { selection: { only: 'upload-config' } }));
    expect(await cluster.get(binding)).toBeDefined();
  });
});
