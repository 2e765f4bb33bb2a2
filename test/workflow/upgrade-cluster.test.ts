import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect as tcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { versionOf } from '../../src/commands/input/version-label.ts';
import { initRequest } from '../../src/config/init.ts';
import { joinRequest } from '../../src/config/join.ts';
import { readConfigFile } from '../../src/config/read.ts';
import { KinitError } from '../../src/errors.ts';
import { on } from '../../src/execute/target.ts';
import type { Facts } from '../../src/host/facts/facts.ts';
import type { ConnectTarget } from '../../src/host/host.ts';
import { readInventory } from '../../src/inventory/read.ts';
import type { ClusterFile } from '../../src/inventory/types.ts';
import type { KubeObject } from '../../src/kube/client.ts';
import { rehearsalKeys } from '../../src/pki/keys.ts';
import { releaseFor } from '../../src/release/release.ts';
import { parseVersion } from '../../src/release/version.ts';
import { Secret } from '../../src/secret.ts';
import { joinMany } from '../../src/workflows/cluster/join-many.ts';
import { moveRuntime, movesRuntime } from '../../src/workflows/cluster/up/move-runtime.ts';
import { wantedCluster } from '../../src/workflows/cluster/up/wanted-cluster.ts';
import { planUpgrade, upgradeCluster } from '../../src/workflows/cluster/upgrade/upgrade.ts';
import type { ClusterUpgrade, UpgradeResult } from '../../src/workflows/cluster/upgrade/upgrade-input.ts';
import { init } from '../../src/workflows/node/init.ts';
import { testAuthority } from '../certificates.ts';
import { FakeCentos } from '../fakes/centos.ts';
import { FakeEtcd } from '../fakes/etcd.ts';
import { FakeKube } from '../fakes/kube.ts';
import { type KubeServer, kubeServer } from '../fakes/kube-server.ts';
import { FakeMachine } from '../fakes/machine.ts';
import { Killed, power } from '../fakes/power.ts';
import { quietRun } from '../run.ts';
import { factsOf as centosFacts, perfect } from '../unit/preflight/hosts.ts';

const now = Date.UTC(2026, 0, 1);
const keys = rehearsalKeys();
const etcdCa = await testAuthority('etcd-ca');
const addresses: Readonly<Record<string, string>> = { m1: '192.0.2.11', w1: '192.0.2.21', w2: '192.0.2.22' };
const from = 'v1.20.2';

let cluster: FakeKube;
let machines: ReadonlyMap<string, FakeMachine>;
let api: KubeServer;
let told: string[];
/** Machines whose kubelets tell nothing. */
const silent = new Set<string>();
const managers = new Map<string, FakeCentos>();
/** Of pods, in docker, by machine; undefined where docker does not answer. */
const containers = new Map<string, readonly string[] | undefined>();
const offered = ['v1.23.17', 'v1.24.17', 'v1.21.10', 'v1.20.15', 'v1.21.14', 'v1.22.17'];

const machine = (name: string) => machines.get(name) as FakeMachine;
const reporter = {
  report(event: { readonly type: string; readonly host: string; readonly state?: string }) {
    if (event.type === 'host' && event.state !== 'start') told.push(`${event.host} ${event.state}`);
  },
  end() {},
};

/** CentOS with Kubernetes of that version, whose repository has newer ones. */
function factsOf(name: string): Facts {
  const { os, programs } = centosFacts('stream-9');
  const there = perfect(from);
  return {
    ...there,
    os,
    programs: new Map([...programs, ...there.programs]),
    hostname: name,
    defaultAddress: { v4: addresses[name] ?? '', v6: undefined },
  };
}

function bare(name: string, etcd?: FakeEtcd): FakeMachine {
  const facts = factsOf(name);
  const files = etcd && {
    '/etc/kubernetes/pki/etcd/ca.crt': etcdCa.certificate,
    '/etc/kubernetes/pki/etcd/ca.key': etcdCa.key.reveal(),
  };
  return new FakeMachine({
    name,
    facts,
    cluster,
    showsPods: true,
    ...(files ? { files } : { controlPlaneElsewhere: true }),
  });
}

/** One control plane and two workers of v1.20.2, as init and join leave them. */
async function made() {
  cluster = new FakeKube();
  const member = { name: 'm1', peerURL: 'https://192.0.2.11:2380', clientURL: 'https://192.0.2.11:2379' };
  const m1 = bare('m1', new FakeEtcd(etcdCa, member));
  await init({
    request: initRequest({ flags: { podNetworkCidr: '10.244.0.0/16' } }),
    version: parseVersion(from),
    host: m1,
    run: quietRun({ now, keys }),
    selection: {},
    patches: [],
    proxyEnvironment: new Map(),
    uploadCerts: false,
    clients: { kube: m1.kube, close: () => {} },
  });
  const workers = ['w1', 'w2'].map((name) => bare(name));
  await joinMany(
    workers.map((one) => ({ name: one.name, opening: one })),
    {
      request: joinRequest({ flags: {}, discoveryFollows: true }),
      kube: cluster,
      controlPlane: undefined,
      run: quietRun({ now, keys }),
      selection: {},
      patches: [],
      waitReady: 0,
      parallel: 2,
    },
  );
  return {
    hosts: [m1, ...workers].map(({ name, entries, services }) => ({
      name,
      entries: new Map(entries),
      services: new Map(services),
    })),
    objects: cluster.objects(),
  };
}
const beginning = await made();

/** The same machines and the same cluster once more. */
async function living(): Promise<void> {
  await api?.close();
  cluster = new FakeKube(...beginning.objects);
  const member = { name: 'm1', peerURL: 'https://192.0.2.11:2380', clientURL: 'https://192.0.2.11:2379' };
  const etcd = new FakeEtcd(etcdCa, member);
  machines = new Map(beginning.hosts.map((one) => [one.name, centosMachine(one, etcd)]));
  machine('m1').place('/var/lib/etcd/member/id', etcd.members[0]?.id ?? '', 0o600);
  const ca = (kind: string) => machine('m1').text(`/etc/kubernetes/pki/ca.${kind}`) ?? '';
  const authority = { certificate: ca('crt'), key: new Secret(ca('key')) };
  api = await kubeServer(cluster, { authority, names: ['192.0.2.11', 'kubernetes'] });
  const m1 = machine('m1');
  const connect = m1.connect.bind(m1);
  m1.connect = async (target: ConnectTarget) => {
    if (!('port' in target)) return connect(target);
    return target.port === 6443 ? tcp(api.port, '127.0.0.1') : connect({ ...target, host: '192.0.2.11' });
  };
  await m1.perform([]);
  for (const name of machines.keys()) await runs(name, from);
  told = [];
}

const kubernetes = ['kubelet', 'kubeadm', 'kubectl'];

/** The same machine again, with a package manager; a kubelet that begins anew tells the version of its package. */
function centosMachine({ name, entries, services }: (typeof beginning.hosts)[number], etcd: FakeEtcd): FakeMachine {
  const centos = new FakeCentos('stream-9', {
    name,
    packages: Object.fromEntries([...kubernetes.map((one) => [one, from.slice(1)]), ['containerd.io', '1.7.27']]),
    offered: offered.flatMap((version) => kubernetes.map((one) => `${one}-${version.slice(1)}`)),
    make: ({ commands = {} }) =>
      new FakeMachine({
        name,
        facts: factsOf(name),
        cluster,
        showsPods: true,
        commands: { ...commands, ...dockerCommands(name) },
        ...(name === 'm1' ? { etcd } : { controlPlaneElsewhere: true }),
      }),
  });
  managers.set(name, centos);
  const { packages } = centos;
  const made = centos.host as FakeMachine;
  for (const [path, entry] of entries) made.entries.set(path, entry);
  for (const [service, state] of services) made.services.set(service, state);
  made.onOperation = async (words) => {
    if (words !== 'systemctl restart kubelet' || silent.has(name)) return;
    await runs(name, `v${packages.get('kubelet')}`);
    if (made.text('/var/lib/kubelet/kubeadm-flags.env')?.includes('containerd.sock')) await onContainerd(name);
  };
  return made;
}

async function onContainerd(name: string): Promise<void> {
  const ref = { apiVersion: 'v1', kind: 'Node', name };
  await cluster.patch(ref, 'merge', { status: { nodeInfo: { containerRuntimeVersion: 'containerd://1.7.27' } } });
}

function dockerCommands(name: string) {
  return {
    'docker ps': () => {
      const ids = containers.has(name) ? containers.get(name) : [];
      return ids === undefined
        ? { code: 1, stderr: 'Cannot connect to the Docker daemon' }
        : { stdout: ids.map((id) => `${id}\n`).join('') };
    },
    'docker rm': () => {
      containers.set(name, []);
      return {};
    },
  };
}

/** As the kubelet of a node tells its version. */
async function runs(name: string, version: string): Promise<void> {
  const ref = { apiVersion: 'v1', kind: 'Node', name };
  await cluster.patch(ref, 'merge', {
    status: { conditions: [{ type: 'Ready', status: 'True' }], nodeInfo: { kubeletVersion: version } },
  });
}

beforeEach(living);
afterEach(async () => {
  silent.clear();
  await api.close();
});

async function inputFor(target: string, more: Partial<ClusterUpgrade> = {}): Promise<ClusterUpgrade> {
  const documents = (await readConfigFile(clusterFile(target), 'cluster.yaml')) as ClusterFile;
  const inventory = readInventory(documents.inventory);
  return {
    ...(await wantedCluster(documents, inventory, { versionOf, warn: () => {} })),
    wish: { target: parseVersion(target) },
    bundles: [],
    parallel: 2,
    async dial(entries) {
      return { machines: entries.map((one) => ({ entry: one, host: machine(one.name) })), failures: [] };
    },
    patches: { controlPlanes: [], workers: [] },
    ignored: [],
    maxUnavailable: 1,
    drainDeadline: 5,
    force: false,
    readyDeadline: 2,
    run: quietRun({ now: now + 86_400_000, keys, reporter }),
    ...more,
  };
}

/** With nothing in it that a host lacks. */
function bundleOf(kubernetesVersion: string): ClusterUpgrade['bundles'][number] {
  const lock = {
    apiVersion: 'kinit.dev/v1alpha1',
    kind: 'Bundle',
    created: '2026-01-01T00:00:00Z',
    kubernetesVersion,
    distribution: { id: 'centos', version: '9', architecture: 'x86_64' },
    packages: [],
    images: [],
    files: [],
  } as const;
  return {
    lock,
    digest: kubernetesVersion.replace(/\D/g, '').padEnd(64, '0'),
    source: (path) => {
      throw new Error(`nobody needs ${path}`);
    },
  };
}

function clusterFile(version: string): string {
  const hosts = Object.entries(addresses).map(
    ([name, address]) => `- {name: ${name}, address: ${address}, role: ${name === 'm1' ? 'control-plane' : 'worker'}}`,
  );
  return [
    'apiVersion: kinit.dev/v1alpha1',
    'kind: Inventory',
    'hosts:',
    ...hosts,
    '---',
    'apiVersion: kubeadm.k8s.io/v1beta2',
    'kind: ClusterConfiguration',
    `kubernetesVersion: ${version}`,
    '',
  ].join('\n');
}

const upgrade = async (target: string, more: Partial<ClusterUpgrade> = {}) =>
  upgradeCluster(await inputFor(target, more));
const ends = ({ outcomes }: UpgradeResult) =>
  outcomes.map(({ host, part, to, result }) => `${host} ${part} ${to} ${result}`);
const nodeOf = (name: string) => cluster.objects('Node').find(({ metadata }) => metadata.name === name) as KubeObject;
const cordoned = () =>
  cluster
    .objects('Node')
    .filter((node) => (node['spec'] as { unschedulable?: boolean }).unschedulable)
    .map(({ metadata }) => metadata.name);

describe('upgrading a cluster', () => {
  test('takes the control plane, then each node drained and given back, and marks them as the file has them', async () => {
    const result = await upgrade('v1.20.15');
    expect(ends(result)).toEqual([
      'm1 control plane v1.20.15 done',
      'm1 kubelet v1.20.15 done',
      'w1 kubelet v1.20.15 done',
      'w2 kubelet v1.20.15 done',
    ]);
    expect(told).toEqual(['m1 done', 'm1 done', 'w1 done', 'w2 done']);
    expect(machine('m1').text('/etc/kubernetes/manifests/kube-apiserver.yaml')).toContain('kube-apiserver:v1.20.15');
    expect(machine('w1').done).toEqual(expect.arrayContaining([expect.stringContaining('systemctl restart kubelet')]));
    expect(cordoned()).toEqual([]);
    const [, w2] = (await inputFor('v1.20.15')).workers;
    expect(nodeOf('w2').metadata.annotations?.['kinit.dev/inventory']).toBe(w2?.fingerprint);
  });

  test('goes over minors and another etcd, its nodes drained once', { timeout: 240_000 }, async () => {
    const result = await upgrade('v1.22.17');
    expect(ends(result)).toEqual([
      'm1 control plane v1.21.14 done',
      'm1 control plane v1.22.17 done',
      'm1 kubelet v1.22.17 done',
      'w1 kubelet v1.22.17 done',
      'w2 kubelet v1.22.17 done',
    ]);
    expect(machine('m1').text('/etc/kubernetes/manifests/etcd.yaml')).toContain('etcd:3.5.6-0');
    expect((await planUpgrade(await inputFor('v1.22.17'))).hops).toEqual([]);
  });

  test('has nothing to do the second time', async () => {
    await upgrade('v1.20.15');
    const again = await upgrade('v1.20.15');
    expect([again.hops, again.outcomes]).toEqual([[], []]);
  });

  test('keeps etcd as it was before anything is changed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kinit-upgrade-'));
    const { onOperation } = machine('m1');
    const before: (readonly string[])[] = [];
    machine('m1').onOperation = (words) => {
      before.push(readdirSync(folder));
      return onOperation(words);
    };
    try {
      const { snapshot } = await upgrade('v1.20.15', { snapshotFolder: folder });
      expect(before[0]).toHaveLength(1);
      expect(snapshot).toMatch(new RegExp(`^${join(folder, before[0]?.[0] ?? '-')} \\(`));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('takes packages and images from the bundles of the versions on the way, and patches by what they have', async () => {
    const bundles = ['v1.21.10', 'v1.22.17'].map(bundleOf);
    const result = await upgrade('v1.22.17', { bundles });
    expect(ends(result).filter((end) => !end.includes('kubelet'))).toEqual([
      ...['m1', 'w1', 'w2'].map((name) => `${name} images v1.21.10 done`),
      'm1 control plane v1.21.10 done',
      ...['m1', 'w1', 'w2'].map((name) => `${name} images v1.22.17 done`),
      'm1 control plane v1.22.17 done',
    ]);
    const asked = managers.get('w1')?.managed ?? [];
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter((line) => !line.includes('--enablerepo=kinit-bundle'))).toEqual([]);
  });

  test('does not begin where a version on the way has no bundle, though others have', async () => {
    await expect(upgrade('v1.22.17', { bundles: [bundleOf('v1.22.17')] })).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining('no bundle for v1.21.14'),
    });
    expect(machine('m1').power.spent).toBe(0);
  });

  test('is planned without a change', async () => {
    const { hops } = await planUpgrade(await inputFor('v1.20.15'));
    expect(hops.map(({ to, controlPlanes, kubelets }) => [to.text, controlPlanes, kubelets])).toEqual([
      ['v1.20.15', ['m1'], ['m1', 'w1', 'w2']],
    ]);
    expect([...machines.values()].map(({ power: { spent } }) => spent)).toEqual([0, 0, 0]);
  });

  test('stops at a control plane that fails, and touches no worker', async () => {
    machine('m1').fails = { operation: 'write /etc/kubernetes/manifests/kube-apiserver.yaml', stderr: 'no space left' };
    const result = await upgrade('v1.20.15');
    expect(ends(result)).toEqual(['m1 control plane v1.20.15 failed']);
    expect(machine('w1').power.spent).toBe(0);
  });

  test.each([
    [1, ['w1 kubelet v1.20.15 failed', 'w2 kubelet v1.20.15 held back']],
    [2, ['w1 kubelet v1.20.15 failed', 'w2 kubelet v1.20.15 done']],
  ])('lets one sick worker use up a budget of %i', async (maxUnavailable, expected) => {
    machine('w1').fails = { operation: 'systemctl restart kubelet', stderr: 'Job for kubelet.service failed' };
    const result = await upgrade('v1.20.15', { maxUnavailable });
    expect(ends(result).slice(2)).toEqual(expected);
    expect(cordoned()).toEqual(['w1']);
    expect(result.outcomes.find(({ host }) => host === 'w1')?.error?.message).toContain('kubelet');
  });

  test('keeps a node cordoned whose kubelet does not come back, and finishes it with the same command', async () => {
    silent.add('w1');
    const result = await upgrade('v1.20.15');
    expect(result.outcomes.find(({ host }) => host === 'w1')?.error?.message).toMatch(
      /timed out after 2s waiting for node w1 to be Ready with v1\.20\.15: its kubelet has v1\.20\.2/,
    );
    expect(cordoned()).toEqual(['w1']);
    silent.clear();
    expect(ends(await upgrade('v1.20.15'))).toEqual(['w1 kubelet v1.20.15 done', 'w2 kubelet v1.20.15 done']);
    expect(cordoned()).toEqual([]);
  });

  test('leaves a node cordoned that somebody else had cordoned', async () => {
    const ref = { apiVersion: 'v1', kind: 'Node', name: 'w1' };
    await cluster.patch(ref, 'merge', { spec: { unschedulable: true } });
    await upgrade('v1.20.15');
    expect(cordoned()).toEqual(['w1']);
  });

  test('does not begin where a node that has to go along is not reached', async () => {
    const unreached = upgrade('v1.20.15', {
      async dial(entries) {
        const open = entries.filter(({ name }) => name !== 'w2');
        return {
          machines: open.map((entry) => ({ entry, host: machine(entry.name) })),
          failures: entries
            .filter(({ name }) => name === 'w2')
            .map((entry) => ({ entry, error: new KinitError('no answer', { host: 'w2' }) })),
        };
      },
    });
    await expect(unreached).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining('w2 (no answer)') });
    expect(machine('m1').power.spent).toBe(0);
  });

  test('does not begin where the file leaves out a node of the cluster', async () => {
    const { workers } = await inputFor('v1.20.15');
    await expect(upgrade('v1.20.15', { workers: workers.slice(0, 1) })).rejects.toThrow(/does not name.*: w2/);
  });

  test('does not begin where it would damage the cluster, unless that is taken', async () => {
    await cluster.create({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'gate' },
      webhooks: [{ name: 'gate.example.com', clientConfig: { service: { namespace: 'gate', name: 'hook' } } }],
    });
    await expect(upgrade('v1.20.15')).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('[ERROR DeadWebhook]'),
    });
    expect(machine('m1').power.spent).toBe(0);
    expect(ends(await upgrade('v1.20.15', { ignored: ['DeadWebhook'] }))).toHaveLength(4);
  });

  test('does not begin where a host does not carry a version on the way', async () => {
    const w1 = machine('w1');
    const observe = w1.observe.bind(w1);
    w1.observe = async (wanted) => {
      const seen = await observe(wanted);
      return seen.facts ? { ...seen, facts: { ...seen.facts, kernel: '2.6.32-754.el6.x86_64' } } : seen;
    };
    await expect(upgrade('v1.20.15')).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('w1 cannot go to v1.20.15: unsupported kernel release: 2.6.32'),
    });
    expect(machine('m1').power.spent).toBe(0);
  });

  test.each(['m1', 'w1'])(
    'killed after any operation on %s, the same command ends in the same state',
    { timeout: 240_000 },
    async (name) => {
      await upgrade('v1.20.15');
      const [whole, operations] = [stateOf(), machine(name).power.spent];
      expect(operations).toBeGreaterThan(1);
      for (let killedAfter = 0; killedAfter < operations; killedAfter += Math.ceil(operations / 12)) {
        await living();
        machine(name).power = power(killedAfter);
        await upgrade('v1.20.15').catch((error: unknown) => {
          if (!(error instanceof Killed)) throw error;
        });
        for (const one of machines.values()) one.power = power();
        await upgrade('v1.20.15');
        expect(stateOf(), `killed after ${killedAfter}`).toEqual(whole);
      }
    },
  );
});

describe('nodes on docker', () => {
  const flagsFile = '/var/lib/kubelet/kubeadm-flags.env';
  const onDocker = 'KUBELET_KUBEADM_ARGS="--network-plugin=cni --pod-infra-container-image=k8s.gcr.io/pause:3.2"\n';

  /** As docker runs a node's pods. */
  async function dockers(name: string): Promise<void> {
    machine(name).place(flagsFile, onDocker);
    const ref = { apiVersion: 'v1', kind: 'Node', name };
    await cluster.patch(ref, 'merge', { status: { nodeInfo: { containerRuntimeVersion: 'docker://20.10.24' } } });
    containers.set(name, ['0a1b2c3d', '4e5f6a7b']);
  }
  beforeEach(() => containers.clear());

  test('leave it before the first version without it, one after the other, drained, and come back as they were', async () => {
    for (const name of ['m1', 'w1']) await dockers(name);
    const result = await upgrade('v1.24.17');
    expect(ends(result).filter((end) => / runtime |v1\.2[34]/.test(end))).toEqual([
      'm1 control plane v1.23.17 done',
      'm1 runtime v1.24.17 done',
      'w1 runtime v1.24.17 done',
      'm1 control plane v1.24.17 done',
      'm1 kubelet v1.24.17 done',
      'w1 kubelet v1.24.17 done',
      'w2 kubelet v1.24.17 done',
    ]);
    expect([...containers.values()]).toEqual([[], []]);
    expect(machine('w1').text(flagsFile)).toContain('--container-runtime=remote --container-runtime-endpoint=unix:///');
    expect(machine('w1').text(flagsFile)).not.toContain('network-plugin');
    expect(nodeOf('w1').metadata.annotations?.['kubeadm.alpha.kubernetes.io/cri-socket']).toContain('containerd.sock');
    expect(cordoned()).toEqual([]);
  }, 240_000);

  test('are moved whole by the same command where the move was cut off after any operation', async () => {
    const release = releaseFor(parseVersion(from));
    const move = async () => {
      const input = await inputFor(from);
      const target = on(input.run, { host: machine('w1'), release, kube: machine('w1').kube });
      return moveRuntime('w1', target, input, input);
    };
    await dockers('w1');
    await move();
    const operations = machine('w1').power.spent;
    const whole = stateOf();
    expect(operations).toBeGreaterThan(3);
    for (let killedAfter = 0; killedAfter < operations; killedAfter++) {
      await living();
      await dockers('w1');
      machine('w1').power = power(killedAfter);
      await expect(move(), `killed after ${killedAfter}`).rejects.toThrow();
      machine('w1').power = power();
      await move();
      expect(stateOf(), `killed after ${killedAfter}`).toEqual(whole);
      expect([containers.get('w1'), cordoned()]).toEqual([[], []]);
    }
  }, 240_000);

  test('stay cordoned where docker does not answer, since its containers hold their ports', async () => {
    await dockers('w1');
    const input = await inputFor(from);
    const target = on(input.run, {
      host: machine('w1'),
      release: releaseFor(parseVersion(from)),
      kube: machine('w1').kube,
    });
    containers.set('w1', undefined);
    await expect(moveRuntime('w1', target, input, input)).rejects.toThrow('docker does not say');
    expect([cordoned(), machine('w1').text(flagsFile)]).toEqual([['w1'], onDocker]);
  });

  test('stay on it where the file says so', async () => {
    await dockers('w1');
    const input = await inputFor(from);
    const inventory = { ...input.inventory, runtime: { ...input.inventory.runtime, name: 'docker' as const } };
    expect(movesRuntime(nodeOf('w1'), { inventory })).toBe(false);
    expect(movesRuntime(nodeOf('w1'), input)).toBe(true);
    expect(movesRuntime(nodeOf('w2'), input)).toBe(false);
  });
});

/** What lies on the machines, without what differs from run to run, and the nodes. */
function stateOf() {
  const isMinted = (path: string) => /^\/etc\/kubernetes\/(pki\/.*|\w[\w-]*\.conf)$/.test(path);
  const files = [...machines.values()].flatMap((one) =>
    [...one.files()]
      .filter(([path]) => !path.startsWith('/etc/kubernetes/tmp/'))
      .map(([path, { mode, text }]) => [one.name, path, mode, isMinted(path) ? '' : text]),
  );
  return [files, cordoned()];
}
