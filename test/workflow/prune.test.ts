import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { exitCodes, KinitError } from '../../src/errors.ts';
import type { Host } from '../../src/host/host.ts';
import type { KubeObject } from '../../src/kube/client.ts';
import { missingNodes, prune } from '../../src/workflows/cluster/up/prune.ts';
import type { UpHost } from '../../src/workflows/cluster/up/wanted-cluster.ts';
import { type Pair, testAuthority, testCertificate } from '../certificates.ts';
import { bareMachine } from '../fakes/bare-machine.ts';
import { FakeEtcd } from '../fakes/etcd.ts';
import { FakeHost } from '../fakes/host.ts';
import { FakeKube } from '../fakes/kube.ts';
import { quietRun } from '../run.ts';

const addresses = { m1: '192.0.2.10', m2: '192.0.2.11', m3: '192.0.2.12', w1: '192.0.2.20', w2: '192.0.2.21' } as const;
type Name = keyof typeof addresses;
const member = (name: Name) => ({
  name,
  peerURL: `https://${addresses[name]}:2380`,
  clientURL: `https://${addresses[name]}:2379`,
});

const node = (name: Name, ready = true): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: name.startsWith('m') ? { 'node-role.kubernetes.io/control-plane': '' } : {} },
  spec: {},
  status: {
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'Unknown' }],
    addresses: [{ type: 'InternalIP', address: addresses[name] }],
    nodeInfo: { machineID: `id-of-${name}` },
  },
});
const upHost = (name: Name): UpHost => {
  return { name, role: name.startsWith('m') ? 'control-plane' : 'worker', labels: {}, taints: [], fingerprint: '' };
};

let authority: Pair;
let client: Pair;
let etcd: FakeEtcd;
let kube: FakeKube;
/** Who answers at the address of a node, in the place of its own machine. */
let answers: Partial<Record<Name, Host | KinitError>>;
let dialled: string[];

beforeAll(async () => {
  authority = await testAuthority('etcd-ca');
  client = await testCertificate(authority, 'kube-etcd-healthcheck-client');
});

beforeEach(() => {
  etcd = new FakeEtcd(authority, member('m1'));
  etcd.bring(member('m2'));
  etcd.bring(member('m3'));
  kube = new FakeKube(...(Object.keys(addresses) as Name[]).map((name) => node(name)));
  answers = {};
  dialled = [];
});

/** The control plane that stays. */
function leader(): FakeHost {
  const directory = '/etc/kubernetes/pki/etcd';
  const manifest = `spec:
  containers:
  - command:
    - etcd
    - --initial-advertise-peer-urls=https://192.0.2.10:2380
    - --listen-client-urls=https://127.0.0.1:2379,https://192.0.2.10:2379
    image: registry.k8s.io/etcd:3.5.15-0
`;
  return new FakeHost({
    name: 'm1',
    files: {
      '/etc/kubernetes/manifests/etcd.yaml': manifest,
      [`${directory}/ca.crt`]: authority.certificate,
      [`${directory}/healthcheck-client.crt`]: client.certificate,
      [`${directory}/healthcheck-client.key`]: client.key.reveal(),
    },
    connect: async (target) => {
      if (!('port' in target)) throw new Error('no socket');
      const address = target.host === '127.0.0.1' ? addresses.m1 : target.host;
      return etcd.connect(`https://${address}:${target.port}`);
    },
  });
}

const machine = (name: string, files: Readonly<Record<string, string>> = {}) =>
  bareMachine(name, { '/etc/machine-id': `id-of-${name}\n`, ...files });

/** What became of the nodes that a file with these hosts does not have. */
async function prunedTo(...names: Name[]) {
  const file = names.map(upHost);
  const controlPlanes = file.filter(({ role }) => role === 'control-plane') as [UpHost, ...UpHost[]];
  const workers = file.filter(({ role }) => role === 'worker');
  const missing = missingNodes(kube.objects('Node'), { controlPlanes, workers });
  const outcomes = await prune(missing, {
    input: { run: quietRun() },
    pruning: {
      agree: async () => {},
      async dial(name) {
        dialled.push(name);
        return answers[name as Name] ?? machine(name);
      },
      drainDeadline: 1,
    },
    leader: leader(),
    living: { ca: 'the CA' },
    kube,
  });
  return outcomes.map(({ host, result, error }) =>
    error === undefined ? `${host}: ${result}` : `${host}: ${error.message}`,
  );
}

const nodes = () => kube.objects('Node').map(({ metadata }) => metadata.name);
const members = () => etcd.members.map(({ name }) => name);
const dead = (name: string) => new KinitError(`no answer from ${name} port 22`, { host: name });

describe('nodes that the file no longer has', () => {
  test('leave one after the other, the workers first', async () => {
    expect(await prunedTo('m1', 'w1')).toEqual(['w2: removed', 'm2: removed', 'm3: removed']);
    expect(nodes()).toEqual(['m1', 'w1']);
  });

  test('are none where the file has all, whatever the case of its names', async () => {
    const shouted = upHost('w1');
    const file = { controlPlanes: [upHost('m1')] as const, workers: [{ ...shouted, name: 'W1' }] };
    expect(missingNodes([node('m1'), node('w1')], { ...file, controlPlanes: [upHost('m1')] })).toEqual([]);
  });

  test('stay where etcd could not decide without them, and so do those behind them', async () => {
    etcd.stop(member('m3').clientURL);
    expect(await prunedTo('m1', 'm3', 'w1', 'w2')).toEqual([
      'm2: without m2 etcd loses its quorum: m3 does not answer; nothing was touched',
    ]);
    expect(await prunedTo('m1', 'w1', 'w2')).toEqual([
      'm2: without m2 etcd loses its quorum: m3 does not answer; nothing was touched',
      'm3: not begun: m2 is not out of the cluster yet',
    ]);
    expect(nodes()).toHaveLength(5);
    expect(dialled).toEqual([]);
  });

  test('leave without their host where a control plane is dead to the cluster too: its member is taken out', async () => {
    await kube.update({ ...node('m3', false) });
    etcd.stop(member('m3').clientURL);
    answers = { m3: dead('m3') };
    expect(await prunedTo('m1', 'm2', 'w1', 'w2')).toEqual(['m3: removed']);
    expect(members()).toEqual(['m1', 'm2']);
    expect(nodes()).not.toContain('m3');
  });

  test.each<[Name, boolean, RegExp]>([
    ['m3', true, /^the cluster takes it for Ready: .*kinit node remove m3 --force/],
    ['w2', true, /^the cluster takes it for Ready: .*kinit node remove w2 --force/],
    ['w2', false, /^kinit node remove w2 --force/],
  ])('stay where %s (Ready: %s) is not reached and may live on', async (name, ready) => {
    await kube.update(node(name, ready));
    answers = { [name]: dead(name) };
    const others = (Object.keys(addresses) as Name[]).filter((one) => one !== name);
    expect(await prunedTo(...others)).toEqual([`${name}: no answer from ${name} port 22`]);
    expect(nodes()).toHaveLength(5);
    expect(members()).toHaveLength(3);
  });

  test.each<[string, () => FakeHost]>([
    ['another machine', () => machine('another')],
    ['a machine of another cluster', () => machine('w2', { '/etc/kubernetes/pki/ca.crt': authority.certificate })],
  ])('stay where %s answers at their address, on which nothing is touched', async (_, who) => {
    const other = who();
    answers = { w2: other };
    expect(await prunedTo('m1', 'm2', 'm3', 'w1')).toEqual([
      'w2: another machine than that of the node w2 answers at its address, and nothing was touched there',
    ]);
    expect(other.ran).toEqual([]);
    expect(nodes()).toContain('w2');
  });

  test('are gone on with by the next run where one failed', async () => {
    answers = { w2: dead('w2') };
    expect(await prunedTo('m1', 'm2', 'w1')).toEqual([
      'w2: no answer from w2 port 22',
      'm3: not begun: w2 is not out of the cluster yet',
    ]);
    answers = {};
    expect(await prunedTo('m1', 'm2', 'w1')).toEqual(['w2: removed', 'm3: removed']);
    expect(nodes()).toEqual(['m1', 'm2', 'w1']);
  });

  test('tell by their exit code what stood in the way', async () => {
    etcd.stop(member('m3').clientURL);
    const missing = missingNodes([node('m2')], { controlPlanes: [upHost('m1')], workers: [] });
    const pruning = { agree: async () => {}, dial: async () => dead('m2'), drainDeadline: 1 };
    const living = { ca: '' };
    const [end] = await prune(missing, { input: { run: quietRun() }, pruning, leader: leader(), living, kube });
    expect(end?.error?.exitCode).toBe(exitCodes.preflight);
  });
});
