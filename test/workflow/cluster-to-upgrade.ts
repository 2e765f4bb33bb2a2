import { connect as tcp } from 'node:net';
import { versionOf } from '../../src/commands/input/version-label.ts';
import { initRequest } from '../../src/config/init.ts';
import { joinRequest } from '../../src/config/join.ts';
import { readConfigFile } from '../../src/config/read.ts';
import type { Facts } from '../../src/host/facts/facts.ts';
import type { ConnectTarget } from '../../src/host/host.ts';
import { readInventory } from '../../src/inventory/read.ts';
import type { ClusterFile } from '../../src/inventory/types.ts';
import type { KubeObject } from '../../src/kube/client.ts';
import { rehearsalKeys } from '../../src/pki/keys.ts';
import { parseVersion } from '../../src/release/version.ts';
import { Secret } from '../../src/secret.ts';
import { joinMany } from '../../src/workflows/cluster/join-many.ts';
import { wantedCluster } from '../../src/workflows/cluster/up/wanted-cluster.ts';
import { upgradeCluster } from '../../src/workflows/cluster/upgrade/upgrade.ts';
import type { ClusterUpgrade, UpgradeResult } from '../../src/workflows/cluster/upgrade/upgrade-input.ts';
import { init } from '../../src/workflows/node/init.ts';
import { testAuthority } from '../certificates.ts';
import { FakeCentos } from '../fakes/centos.ts';
import { FakeEtcd } from '../fakes/etcd.ts';
import { FakeKube } from '../fakes/kube.ts';
import { type KubeServer, kubeServer } from '../fakes/kube-server.ts';
import { FakeMachine } from '../fakes/machine.ts';
import { quietRun } from '../run.ts';
import { factsOf as centosFacts, perfect } from '../unit/preflight/hosts.ts';

export const now = Date.UTC(2026, 0, 1);
export const keys = rehearsalKeys();
const etcdCa = await testAuthority('etcd-ca');
const addresses: Readonly<Record<string, string>> = { m1: '192.0.2.11', w1: '192.0.2.21', w2: '192.0.2.22' };
export const from = 'v1.20.2';

export let cluster: FakeKube;
export let machines: ReadonlyMap<string, FakeMachine>;
let api: KubeServer;
export let told: string[];
/** Machines whose kubelets tell nothing. */
export const silent = new Set<string>();
export const managers = new Map<string, FakeCentos>();
/** Of pods, in docker, by machine; undefined where docker does not answer. */
export const containers = new Map<string, readonly string[] | undefined>();
const offered = ['v1.20.2', 'v1.23.17', 'v1.24.17', 'v1.21.10', 'v1.20.15', 'v1.21.14', 'v1.22.17'];

export const machine = (name: string) => machines.get(name) as FakeMachine;
export const reporter = {
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
export async function living(): Promise<void> {
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
  containers.clear();
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
        commands: { ...commands, ...dockerCommands(name), ...probeCommands() },
        ...(name === 'm1' ? { etcd } : { controlPlaneElsewhere: true }),
      }),
  });
  managers.set(name, centos);
  const { packages } = centos;
  const made = centos.host as FakeMachine;
  for (const [path, entry] of entries) made.entries.set(path, entry);
  for (const [service, state] of services) made.services.set(service, state);
  const observe = made.observe.bind(made);
  made.observe = async (wanted) => {
    const seen = await observe(wanted);
    const kubeletVersion = `v${packages.get('kubelet')}`;
    return seen.facts ? { ...seen, facts: { ...seen.facts, kubeletVersion } } : seen;
  };
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

/** A registry tells of all images but these. */
export const untold = new Set<string>();

function probeCommands() {
  return {
    'sh -c \nfolder=$1': (argv: readonly string[]) => {
      const missing = argv.filter((word) => [...untold].some((image) => word.endsWith(image)));
      return { stdout: missing.map((image) => `${image}\n`).join('') };
    },
  };
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

/** At the end of a test. */
export async function gone(): Promise<void> {
  silent.clear();
  untold.clear();
  await api.close();
}

export async function inputFor(target: string, more: Partial<ClusterUpgrade> = {}): Promise<ClusterUpgrade> {
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
export function bundleOf(kubernetesVersion: string): ClusterUpgrade['bundles'][number] {
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

export const upgrade = async (target: string, more: Partial<ClusterUpgrade> = {}) =>
  upgradeCluster(await inputFor(target, more));
export const ends = ({ outcomes }: UpgradeResult) =>
  outcomes.map(({ host, part, to, result }) => `${host} ${part} ${to} ${result}`);
export const nodeOf = (name: string) =>
  cluster.objects('Node').find(({ metadata }) => metadata.name === name) as KubeObject;
export const cordoned = () =>
  cluster
    .objects('Node')
    .filter((node) => (node['spec'] as { unschedulable?: boolean }).unschedulable)
    .map(({ metadata }) => metadata.name);

/** What lies on the machines, without what differs from run to run, and the nodes. */
export function stateOf() {
  const isMinted = (path: string) => /^\/etc\/kubernetes\/(pki\/.*|\w[\w-]*\.conf)$/.test(path);
  const files = [...machines.values()].flatMap((one) =>
    [...one.files()]
      .filter(([path]) => !path.startsWith('/etc/kubernetes/tmp/'))
      .map(([path, { mode, text }]) => [one.name, path, mode, isMinted(path) ? '' : text]),
  );
  return [files, cordoned()];
}
