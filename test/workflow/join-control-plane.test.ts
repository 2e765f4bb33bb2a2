import { beforeEach, describe, expect, test, vi } from 'vitest';
import { storedClusterDocument } from '../../src/config/convert.ts';
import { joinRequest } from '../../src/config/join.ts';
import type { JoinFlags } from '../../src/config/join-flags.ts';
import type { ClusterConfiguration } from '../../src/config/types.ts';
import { memberAt } from '../../src/etcd/members.ts';
import type { Run } from '../../src/execute/run.ts';
import { slots } from '../../src/host/slots.ts';
import type { KubeObject } from '../../src/kube/client.ts';
import { bootstrapTokenObjects, tokenSecret } from '../../src/manifests/bootstrap-token.ts';
import { etcdPod } from '../../src/manifests/etcd.ts';
import { clusterAdminsBinding } from '../../src/manifests/rbac.ts';
import {
  certificatesReaders,
  certificatesSecret,
  generateCertificateKey,
  sealedData,
  sharedFiles,
} from '../../src/manifests/upload-certs.ts';
import { uploadKubeadmConfigObjects, uploadKubeletConfigObjects } from '../../src/manifests/upload-config.ts';
import type { SharedSource } from '../../src/phases/join-context.ts';
import { generateKey, publicHalf, rehearsalKeys } from '../../src/pki/keys.ts';
import { readKubeconfig } from '../../src/pki/kubeconfig.ts';
import { silentReporter } from '../../src/report/reporter.ts';
import { Secret } from '../../src/secret.ts';
import { readClusterFacts } from '../../src/workflows/cluster/cluster-info.ts';
import { joinAlone } from '../../src/workflows/cluster/join.ts';
import type { JoinInput } from '../../src/workflows/node/join-host.ts';
import { toYaml } from '../../src/yaml.ts';
import { testAuthority } from '../certificates.ts';
import { clusterInfo } from '../cluster-info.ts';
import { FakeEtcd } from '../fakes/etcd.ts';
import { FakeKube } from '../fakes/kube.ts';
import { FakeMachine } from '../fakes/machine.ts';
import { Killed, power, poweredKube } from '../fakes/power.ts';
import { quietRun } from '../run.ts';
import { initConfig, release as releaseOf } from '../unit/manifests/config.ts';
import { perfect } from '../unit/preflight/hosts.ts';

const now = Date.UTC(2026, 0, 1);
const token = 'abcdef.0123456789abcdef';
const endpoint = '192.0.2.10:6443';
const [ca, frontProxyCa, etcdCa] = await Promise.all(
  ['kubernetes', 'front-proxy-ca', 'etcd-ca'].map((name) => testAuthority(name)),
);
const serviceAccounts = await generateKey('ECDSA-P256');
const certificateKey = generateCertificateKey();
/** Made in no time. */
const cheapKeys = rehearsalKeys();

/** What the first control plane shares, by its path. */
const shared: Readonly<Record<string, string>> = {
  '/etc/kubernetes/pki/ca.crt': ca!.certificate,
  '/etc/kubernetes/pki/ca.key': ca!.key.reveal(),
  '/etc/kubernetes/pki/front-proxy-ca.crt': frontProxyCa!.certificate,
  '/etc/kubernetes/pki/front-proxy-ca.key': frontProxyCa!.key.reveal(),
  '/etc/kubernetes/pki/etcd/ca.crt': etcdCa!.certificate,
  '/etc/kubernetes/pki/etcd/ca.key': etcdCa!.key.reveal(),
  '/etc/kubernetes/pki/sa.key': serviceAccounts.reveal(),
  '/etc/kubernetes/pki/sa.pub': publicHalf(serviceAccounts),
};

const versions = ['v1.20.2', 'v1.31.4', 'v1.36.3'] as const;
const kubelet = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\ncgroupDriver: systemd\n';

let version: string;
let cluster: FakeKube;
let etcd: FakeEtcd;
let machine: FakeMachine;
let told: string[];

/** A cluster as init leaves it, with the certificates uploaded, and a bare machine beside it. */
function bare(of: string = 'v1.31.4', change: Partial<ClusterConfiguration> = {}): void {
  version = of;
  const release = releaseOf(version);
  const config = initConfig(version, { cluster: { controlPlaneEndpoint: endpoint, ...change } });
  const clusterConfigurationYaml = toYaml(storedClusterDocument(config.cluster, release, {}));
  const admins = clusterAdminsBinding(release);
  const secret = {
    ...certificatesSecret,
    data: sealedData(sharedFiles(config.cluster), new Map(Object.entries(shared)), certificateKey),
  };
  cluster = new FakeKube(
    ...uploadKubeadmConfigObjects(config, release, { clusterConfigurationYaml }),
    ...uploadKubeletConfigObjects(release, { kubeletConfigurationYaml: kubelet, kubeletUserSupplied: false }),
    ...bootstrapTokenObjects(release).filter(({ metadata }) => metadata.name !== 'kubeadm:apiserver-kubelet-client'),
    clusterInfo(`https://${endpoint}`, ca!.certificate),
    tokenSecret({ token, usages: ['authentication', 'signing'], groups: [joiners], ttl: '24h0m0s' }, now),
    secret as unknown as KubeObject,
    ...certificatesReaders,
    ...(admins ? [admins] : []),
    etcdPodOf('cp1', '192.0.2.10'),
  );
  cluster.clock = () => now;
  etcd = new FakeEtcd(etcdCa!, member('cp1', '192.0.2.10'));
  machine = machineOf('cp2', '192.0.2.11');
  told = [];
}

const joiners = 'system:bootstrappers:kubeadm:default-node-token';

function member(name: string, address: string) {
  return { name, peerURL: `https://${address}:2380`, clientURL: `https://${address}:2379` };
}

function etcdPodOf(name: string, address: string): KubeObject {
  const pod = etcdPod(
    initConfig(version, {
      nodeRegistration: { name },
      init: { localAPIEndpoint: { advertiseAddress: address, bindPort: 6443 } },
    }),
    releaseOf(version),
  );
  const labels = { component: 'etcd', tier: 'control-plane' };
  const annotations = (pod.metadata as { annotations?: Readonly<Record<string, string>> }).annotations ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `etcd-${name}`, namespace: 'kube-system', labels, annotations },
  };
}

function machineOf(name: string, address: string, files = {}): FakeMachine {
  const facts = { ...perfect(version), hostname: name, defaultAddress: { v4: address, v6: undefined } };
  return new FakeMachine({ name, facts, cluster, controlPlaneElsewhere: true, etcd, files });
}

interface Wishes {
  readonly on?: FakeMachine;
  readonly flags?: JoinFlags;
  readonly from?: SharedSource;
  readonly run?: Partial<Run>;
  readonly input?: Partial<JoinInput>;
}

async function join({ on = machine, flags = {}, from, run = {}, input = {} }: Wishes = {}) {
  const report = (event: { readonly type: string; readonly text?: string; readonly what?: string }) =>
    void told.push(event.text ?? event.what ?? event.type);
  etcd.beforeChange = () => on.power.spend();
  return joinAlone(on, {
    request: joinRequest({
      flags: { controlPlane: true, token, discoveryTokenCaCertHash: [`sha256:${'0'.repeat(64)}`], ...flags },
      endpoint,
    }),
    cluster: await readClusterFacts(cluster),
    server: `https://${endpoint}`,
    caPem: ca!.certificate,
    token: async () => new Secret(token),
    kube: async () => poweredKube(hasJoined(on) ? cluster.as(nodeIdentity(on)) : cluster.asToken(token), on.power),
    run: quietRun({ now, keys: cheapKeys, reporter: { ...silentReporter, report } as Run['reporter'], ...run }),
    selection: {},
    patches: [],
    waitReady: 0,
    controlPlanes: {
      shared: from ?? { from: 'secret', certificateKey },
      proxyEnvironment: new Map(),
      administrator: (host) => ({
        kube: host instanceof FakeMachine ? host.administrator : async () => cluster,
        close() {},
      }),
    },
    ...input,
  });
}

const hasJoined = (on: FakeMachine) => on.text('/var/lib/kubelet/pki/kubelet-client-current.pem') !== undefined;
const nodeIdentity = ({ name }: FakeMachine) => ({ user: `system:node:${name}`, groups: ['system:nodes'] });
const text = (path: string) => machine.text(path) ?? '';
const node = (name = 'cp2') => cluster.objects('Node').find(({ metadata }) => metadata.name === name);
const own = () => memberAt(etcd.members, 'https://192.0.2.11:2380');
const shortened = { etcdAPICall: '1s' };

/** What a machine and its cluster are like, without what differs in time. */
function stateOf() {
  const files = [...machine.files()].filter(([path]) => !/\.(?:crt|key|conf)$|member\/id$/.test(path));
  const made = [...machine.files()]
    .filter(([path]) => /\.(?:crt|key|conf)$/.test(path))
    .map(([path, { mode }]) => [path, mode]);
  const members = etcd.members.map(({ name, peerURLs, isLearner }) => ({ name, peerURLs, isLearner }));
  const status = cluster.objects('ConfigMap').find(({ metadata }) => metadata.name === 'kubeadm-config');
  const { labels } = node()?.metadata ?? {};
  return { files, made, members, labels, spec: node()?.['spec'], status: status?.['data'], settled: machine.isSettled };
}

beforeEach(() => bare());

describe.each(versions)('a control plane that joins a cluster of %s', (of) => {
  beforeEach(() => bare(of));

  test('has what all of them share, and what is its own', async () => {
    await join();
    const ofPublic = of === 'v1.20.2' ? 0o600 : 0o644;
    for (const [path, content] of Object.entries(shared)) {
      expect(text(path), path).toBe(content);
      expect(machine.files().get(path)?.mode, path).toBe(path.endsWith('.key') ? 0o600 : ofPublic);
    }
    const leaves = ['apiserver', 'apiserver-kubelet-client', 'apiserver-etcd-client', 'front-proxy-client'];
    const ofEtcd = ['etcd/server', 'etcd/peer', 'etcd/healthcheck-client'];
    for (const name of [...leaves, ...ofEtcd]) expect(text(`/etc/kubernetes/pki/${name}.crt`), name).toContain('BEGIN');
    expect(machine.text('/etc/kubernetes/super-admin.conf')).toBeUndefined();
  });

  test('has kubeconfigs with the servers of its kubeadm', async () => {
    await join();
    const serverOf = (file: string) => readKubeconfig(text(`/etc/kubernetes/${file}.conf`)).server;
    const here = 'https://192.0.2.11:6443';
    expect(serverOf('admin')).toBe(`https://${endpoint}`);
    expect(serverOf('controller-manager')).toBe(here);
    expect(serverOf('scheduler')).toBe(here);
    expect(serverOf('kubelet')).toBe(of === 'v1.36.3' ? here : `https://${endpoint}`);
    expect(machine.text('/etc/kubernetes/bootstrap-kubelet.conf')).toBeUndefined();
  });

  test('becomes a voting member of etcd, told the cluster that it joins', async () => {
    await join();
    expect(etcd.calls).toEqual(['add https://192.0.2.11:2380', 'promote https://192.0.2.11:2380']);
    expect(own()).toMatchObject({ name: 'cp2', isLearner: false });
    const manifest = text('/etc/kubernetes/manifests/etcd.yaml');
    expect(manifest).toContain('--initial-cluster=cp1=https://192.0.2.10:2380,cp2=https://192.0.2.11:2380\n');
    expect(manifest).toContain('--initial-cluster-state=existing\n');
  });

  test('joins etcd before its kubelet has a certificate where that talks to the API server beside it, else after', async () => {
    const order: string[] = [];
    machine.onOperation = (words) =>
      void (words.includes('kubelet.conf') && words.startsWith('sh') && order.push('kubelet'));
    etcd.onChange = () => void order.push('etcd');
    await join();
    const certificate = ['kubelet'];
    expect(order).toEqual(of === 'v1.36.3' ? ['etcd', 'etcd', ...certificate] : [...certificate, 'etcd', 'etcd']);
  });

  test('is marked as one', async () => {
    await join();
    const { labels = {} } = node()?.metadata ?? {};
    expect(Object.keys(labels)).toEqual(expect.arrayContaining(Object.keys(node() ? labelsOf(of) : {})));
    const { taints = [] } = (node()?.['spec'] ?? {}) as { taints?: { key: string }[] };
    expect(taints.map(({ key }) => key)).toEqual(releaseOf(of).node.controlPlaneTaints.map(({ key }) => key));
    expect(text('/var/lib/kubelet/kubeadm-flags.env')).not.toContain('register-with-taints');
  });

  test('takes at most 16 round trips to the machine, of which seven bring its images', async () => {
    await join();
    expect(machine.roundTrips).toBeLessThanOrEqual(16);
    expect(machine.done.filter((words) => words.includes(' pull '))).toHaveLength(7);
  });

  test('changes nothing the second time', async () => {
    await join();
    const before = [stateOf(), machine.power.spent, etcd.calls.length];
    expect((await join()).changed).toEqual([]);
    expect([stateOf(), machine.power.spent, etcd.calls.length]).toEqual(before);
  });

  test('asks etcd how it is once the second time, whoever of it is dead', async () => {
    await join();
    etcd.bring(member('cp9', '192.0.2.19'));
    etcd.stop('https://192.0.2.19:2379');
    const asked = etcd.lists;
    expect((await join()).changed).toEqual([]);
    expect(etcd.lists - asked).toBe(1);
  });

  test('a dry run on one that has joined finds nothing to do', async () => {
    await join();
    const { changed } = await join({
      run: { rehearsal: true },
      input: { kube: async () => cluster.as({ user: 'admin', groups: ['system:masters'] }) },
    });
    expect(changed).toEqual([]);
  });

  test('a dry run touches neither the host nor etcd', async () => {
    const { changed } = await join({ run: { rehearsal: true } });
    expect(machine.power.spent).toBe(0);
    expect(etcd.calls).toEqual([]);
    expect(cluster.calls.filter((call) => !/^(?:get|list)/.test(call))).toEqual([]);
    const kinds = new Set(changed.map(({ change }) => change.kind));
    expect([...kinds]).toEqual(expect.arrayContaining(['file', 'certificate', 'kubeconfig', 'etcd-member', 'service']));
  });
});

test.each(['v1.20.2', 'v1.36.3'])(
  'killed after any operation, the same command ends in the same state (%s)',
  { timeout: 300_000 },
  async (of) => {
    bare(of);
    machine.power = power();
    await join();
    const [whole, operations] = [stateOf(), machine.power.spent];
    expect(operations).toBeGreaterThan(25);
    for (let killedAfter = 0; killedAfter < operations; killedAfter++) {
      bare(of);
      machine.power = power(killedAfter);
      await expect(join(), `killed after ${killedAfter}`).rejects.toSatisfy(isKilled);
      machine.power = power();
      await join();
      expect(stateOf(), `killed after ${killedAfter}`).toEqual(whole);
    }
  },
);

function labelsOf(of: string): Record<string, string> {
  return Object.fromEntries(releaseOf(of).node.controlPlaneLabels.map((label) => [label, '']));
}

function isKilled(error: unknown): boolean {
  for (let one = error; one instanceof Error; one = one.cause) if (one instanceof Killed) return true;
  return false;
}

test('up to v1.21 it enters the ClusterStatus', async () => {
  bare('v1.20.2');
  await join();
  const data = cluster.objects('ConfigMap').find(({ metadata }) => metadata.name === 'kubeadm-config')?.['data'];
  const { ClusterStatus = '' } = data as Record<string, string>;
  expect(ClusterStatus).toMatch(/cp1:[\s\S]*cp2:\s+advertiseAddress: 192\.0\.2\.11\s+bindPort: 6443/);
});

test('makes the binding by which its API server reaches kubelets, in a cluster of older days', async () => {
  bare('v1.36.3');
  await join();
  const bindings = cluster.objects('ClusterRoleBinding').map(({ metadata }) => metadata.name);
  expect(bindings).toContain('kubeadm:apiserver-kubelet-client');
});

test('listens where it is told', async () => {
  await join({ flags: { apiserverAdvertiseAddress: '192.0.2.12', apiserverBindPort: '7443' } });
  const manifest = text('/etc/kubernetes/manifests/kube-apiserver.yaml');
  expect(manifest).toContain('--advertise-address=192.0.2.12\n');
  expect(manifest).toContain('--secure-port=7443\n');
  expect(memberAt(etcd.members, 'https://192.0.2.12:2380')).toMatchObject({ name: 'cp2' });
});

describe('is refused, and nothing is touched', () => {
  const refused = async (wishes: Wishes = {}) => {
    const failure = await join(wishes).then(
      () => undefined,
      (error: unknown) => error as Error & { exitCode: number },
    );
    expect(failure?.exitCode).toBe(2);
    expect(machine.power.spent).toBe(0);
    expect(etcd.calls).toEqual([]);
    return failure?.message ?? '';
  };

  test('where the cluster has no endpoint that control planes can share', async () => {
    bare('v1.31.4', { controlPlaneEndpoint: undefined as unknown as string });
    expect(await refused()).toMatch(/ERROR ControlPlaneEndpoint\]: the cluster has no controlPlaneEndpoint/);
  });

  test('where the certificate key opens nothing', async () => {
    const from = { from: 'secret', certificateKey: generateCertificateKey() } as const;
    expect(await refused({ from })).toMatch(
      /the certificate key does not open ca\.crt[\s\S]*upload-certs --upload-certs/,
    );
  });

  test('where what was uploaded is gone', async () => {
    await cluster.delete({ apiVersion: 'v1', kind: 'Secret', namespace: 'kube-system', name: 'kubeadm-certs' });
    expect(await refused()).toMatch(/kubeadm-certs is not there[\s\S]*two hours[\s\S]*upload-certs --upload-certs/);
  });

  test('where a shared certificate is missing and no key was given', async () => {
    const { '/etc/kubernetes/pki/sa.key': _, ...files } = shared;
    machine = machineOf('cp2', '192.0.2.11', files);
    expect(await refused({ from: { from: 'host' } })).toMatch(/are not all here: \/etc\/kubernetes\/pki\/sa\.key/);
  });

  test('where the CA of another cluster is there', async () => {
    const other = await testAuthority('kubernetes');
    machine = machineOf('cp2', '192.0.2.11', { '/etc/kubernetes/pki/ca.crt': other.certificate });
    expect(await refused()).toMatch(/pki\/ca\.crt is not the one that the control planes of this cluster share/);
    const files = { ...shared, '/etc/kubernetes/pki/ca.crt': other.certificate };
    machine = machineOf('cp2', '192.0.2.11', files);
    expect(await refused({ from: { from: 'host' } })).toMatch(/pki\/ca\.crt is not the CA of this cluster/);
  });

  test('where the CA is being replaced: its controller manager would not start', async () => {
    const { cluster: stored } = await readClusterFacts(cluster);
    const { certificate } = await testAuthority();
    const files = sharedFiles(stored).map((file) => {
      const text = shared[file.path] ?? '';
      return { ...file, content: new Secret(file.name === 'ca.crt' ? `${text}${certificate}` : text) };
    });
    expect(await refused({ from: { from: 'control plane', files } })).toMatch(
      /the CA of the cluster is being replaced/,
    );
  });

  test('where the data of another etcd are there', async () => {
    machine = machineOf('cp2', '192.0.2.11', { '/var/lib/etcd/member/snap/db': 'data' });
    expect(await refused()).toMatch(/DirAvailable--var-lib-etcd/);
  });

  test('where the host carries a control plane of another configuration', async () => {
    await join();
    machine.power = power();
    etcd.calls.length = 0;
    const message = await refused({ flags: { apiserverBindPort: '7443' } });
    expect(message).toMatch(/carries a control plane of another configuration[\s\S]*secure-port=7443/);
  });
});

test('goes without a key where all that is shared is there already', async () => {
  machine = machineOf('cp2', '192.0.2.11', shared);
  await join({ from: { from: 'host' } });
  expect(own()).toMatchObject({ name: 'cp2', isLearner: false });
});

test('takes what is shared from another control plane', async () => {
  const { cluster: stored } = await readClusterFacts(cluster);
  const files = sharedFiles(stored).map((file) => ({ ...file, content: new Secret(shared[file.path] ?? '') }));
  await join({ from: { from: 'control plane', files } });
  expect(text('/etc/kubernetes/pki/ca.key')).toBe(shared['/etc/kubernetes/pki/ca.key']);
});

test('makes no CA of its own, whatever is skipped', async () => {
  const failure = join({ from: { from: 'host' }, input: { selection: { skip: ['preflight'] } } });
  await expect(failure).rejects.toThrow(/are not all here/);
  expect(machine.power.spent).toBe(0);
});

describe('phases alone', () => {
  test.each([
    ['control-plane-prepare/download-certs', '/etc/kubernetes/pki/ca.key', '/etc/kubernetes/pki/apiserver.crt'],
    ['control-plane-prepare/certs', '/etc/kubernetes/pki/apiserver.crt', '/etc/kubernetes/admin.conf'],
    ['control-plane-prepare/kubeconfig', '/etc/kubernetes/admin.conf', '/etc/kubernetes/manifests/kube-apiserver.yaml'],
    [
      'control-plane-prepare/control-plane',
      '/etc/kubernetes/manifests/kube-apiserver.yaml',
      '/var/lib/kubelet/config.yaml',
    ],
    ['kubelet-start', '/var/lib/kubelet/config.yaml', '/etc/kubernetes/manifests/etcd.yaml'],
  ])('%s makes its own and nothing else', async (only, made, not) => {
    machine = machineOf('cp2', '192.0.2.11', only === 'control-plane-prepare/download-certs' ? {} : shared);
    await join({ input: { selection: { only } } });
    expect(text(made)).not.toBe('');
    expect(machine.text(not)).toBeUndefined();
  });

  test('one after the other they are the whole', async () => {
    bare('v1.36.3');
    await join();
    const whole = stateOf();
    bare('v1.36.3');
    for (const { name } of releaseOf('v1.36.3').phases.join) await join({ input: { selection: { only: name } } });
    expect(stateOf()).toEqual(whole);
  });

  test('one that the release does not have is refused by name', async () => {
    bare('v1.20.2');
    await expect(join({ input: { selection: { only: 'etcd-join' } } })).rejects.toThrow(/no phase "etcd-join" of join/);
  });
});

describe('the member of etcd', () => {
  test('that an earlier run has announced is used again', async () => {
    etcd.announce('https://192.0.2.11:2380');
    await join();
    expect(etcd.calls).toEqual(['promote https://192.0.2.11:2380']);
  });

  test('waits for its turn where another is a learner, and says so', async () => {
    etcd.announce('https://192.0.2.19:2380');
    etcd.beforeChange = () => {};
    const turn =
      /it is the turn of [0-9a-f]+ at https:\/\/192\.0\.2\.19:2380, since etcd takes one new member at a time/;
    const waited = join();
    await vi.waitUntil(() => told.some((line) => turn.test(line)), { timeout: 60_000 });
    etcd.forget('https://192.0.2.19:2380');
    await waited;
  });

  test('whose data are gone begins anew', async () => {
    etcd.bring(member('cp2', '192.0.2.11'), { isLearner: true });
    etcd.stop('https://192.0.2.11:2379');
    await join();
    expect(etcd.calls).toEqual(['remove', 'add', 'promote'].map((what) => `${what} https://192.0.2.11:2380`));
  });

  test.each([
    [
      'another member has the address',
      member('other', '192.0.2.11'),
      /already has the member other at https:\/\/192\.0\.2\.11:2380, the address of this host/,
    ],
    [
      'another member has the name',
      member('cp2', '192.0.2.15'),
      /already has a member with the name cp2 at https:\/\/192\.0\.2\.15:2380/,
    ],
    [
      'it votes, and its data are not here',
      member('cp2', '192.0.2.11'),
      /already has this host's member cp2 .* whose data are not on this host/,
    ],
  ])('is refused where %s, with the command that takes it out', async (_, flags, message) => {
    etcd.bring(flags);
    await expect(join()).rejects.toMatchObject({
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/etcdctl member remove [0-9a-f]+/),
    });
    expect(etcd.calls).toEqual([]);
    expect(machine.isKubeletRunning).toBe(false);
  });

  test('is refused where a member is dead: by its name, with the command', async () => {
    etcd.bring(member('cp3', '192.0.2.13'));
    etcd.bring(member('cp4', '192.0.2.14'));
    etcd.stop('https://192.0.2.13:2379');
    await expect(join()).rejects.toMatchObject({
      message: expect.stringMatching(/not healthy[\s\S]*member cp3 is not healthy at https:\/\/192\.0\.2\.13:2379/),
      hint: expect.stringMatching(/bring cp3 back, or take it out .*`etcdctl member remove/),
    });
    expect(etcd.calls).toEqual([]);
  });

  test('is refused where etcd has no quorum', async () => {
    etcd.bring(member('cp3', '192.0.2.13'));
    etcd.stop('https://192.0.2.13:2379');
    await expect(join()).rejects.toThrow(/no quorum/);
    expect(etcd.calls).toEqual([]);
  });

  test.each([
    ['NOSPACE', /etcdctl defrag/],
    ['CORRUPT', /take that member out/],
  ])('is refused where a member raises %s', async (alarm, hint) => {
    etcd.alarms.push({ memberId: etcd.members[0]!.id, alarm });
    await expect(join()).rejects.toMatchObject({
      message: expect.stringContaining(`member cp1 raises the alarm ${alarm}`),
      hint: expect.stringMatching(hint),
    });
  });

  test.each(versions)('that never starts is taken back, and the next run finishes (%s)', async (of) => {
    bare(of);
    machine.hasEtcdImage = false;
    const timeouts = { ...shortened, tlsBootstrap: '1s' };
    const failure = join({ input: { request: impatient(timeouts) } });
    await expect(failure).rejects.toMatchObject({
      message: expect.stringMatching(
        /the etcd member https:\/\/192\.0\.2\.11:2380 to start and to catch up: it has not started yet/,
      ),
      hint: expect.stringMatching(/has the image \S+\/etcd:3\./),
    });
    expect(etcd.members.map(({ name }) => name)).toEqual(['cp1']);
    expect(machine.text('/etc/kubernetes/manifests/etcd.yaml')).toBeUndefined();
    machine.hasEtcdImage = true;
    await join();
    expect(own()).toMatchObject({ name: 'cp2', isLearner: false });
  });

  test.each(versions)(
    'waits no longer than it may where another member dies meanwhile, names that, and the next run finishes (%s)',
    async (of) => {
      bare(of);
      const other = member('cp3', '192.0.2.13');
      etcd.bring(other);
      etcd.onChange = () => etcd.stop(other.clientURL);
      await expect(join({ input: { request: impatient(shortened) } })).rejects.toMatchObject({
        message: expect.stringMatching(
          /^timed out after 2s waiting for the etcd member .* no quorum, since cp3 at https:\/\/192\.0\.2\.13:2379 does not answer$/,
        ),
        hint: expect.stringMatching(/^start that host again, .*kinit etcd force-new-cluster/),
      });
      expect(own(), 'without a quorum nobody takes it back').toMatchObject({ isLearner: true });
      etcd.onChange = () => {};
      etcd.revive(other);
      await join();
      const members = etcd.members.map(({ name, isLearner }) => `${name}${isLearner ? ' (learner)' : ''}`);
      expect(members.toSorted()).toEqual(['cp1', 'cp2', 'cp3']);
    },
  );

  test('that has its vote stays, whatever fails after', async () => {
    bare('v1.36.3');
    machine.fails = { operation: 'sh -c until', stderr: '' };
    await expect(join()).rejects.toThrow();
    expect(own()).toMatchObject({ isLearner: false });
    machine.fails = undefined;
    await join();
    expect(node()).toBeDefined();
  });

  test('is taken back at Ctrl-C as long as it has no vote', async () => {
    const interrupt = new AbortController();
    etcd.lag = 1000;
    etcd.onChange = () => interrupt.abort();
    await expect(join({ run: { signal: interrupt.signal } })).rejects.toMatchObject({ exitCode: 130 });
    expect(etcd.members.map(({ name }) => name)).toEqual(['cp1']);
  });

  test('is none of the cluster where etcd is outside of it', async () => {
    const files = Object.fromEntries(
      ['ca.crt', 'client.crt', 'client.key'].map((name) => [
        `/etc/etcd/${name}`,
        shared[name.endsWith('key') ? '/etc/kubernetes/pki/etcd/ca.key' : '/etc/kubernetes/pki/etcd/ca.crt'] ?? '',
      ]),
    );
    const external = {
      endpoints: ['https://192.0.2.50:2379'],
      caFile: '/etc/etcd/ca.crt',
      certFile: '/etc/etcd/client.crt',
      keyFile: '/etc/etcd/client.key',
    };
    bare('v1.31.4', { etcd: { external } });
    machine = machineOf('cp2', '192.0.2.11', { ...shared, ...files });
    await join({ from: { from: 'host' } });
    expect(etcd.calls).toEqual([]);
    expect(machine.text('/etc/kubernetes/manifests/etcd.yaml')).toBeUndefined();
    expect(told).toContain('[control-plane-join] Using external etcd - no local stacked instance added');
  });
});

function impatient(timeouts: object) {
  const flags = { controlPlane: true, token, discoveryTokenCaCertHash: [`sha256:${'0'.repeat(64)}`] };
  const request = joinRequest({ flags, endpoint });
  return { ...request, timeouts: { ...request.timeouts, ...timeouts } };
}

test('two that join at once take turns at etcd', async () => {
  const other = machineOf('cp3', '192.0.2.12');
  const turn = slots(1);
  await Promise.all([join({ run: { turn } }), join({ run: { turn }, on: other })]);
  const voting = etcd.members.filter(({ isLearner }) => !isLearner).map(({ name }) => name);
  expect(voting.toSorted()).toEqual(['cp1', 'cp2', 'cp3']);
  const last = voting.at(-1) === 'cp2' ? machine : other;
  expect(last.text('/etc/kubernetes/manifests/etcd.yaml')).toMatch(/cp1=\S+(?:cp2=\S+cp3=|cp3=\S+cp2=)/);
});
