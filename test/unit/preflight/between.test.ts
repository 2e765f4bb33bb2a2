import { describe, expect, it } from 'vitest';
import type { Facts } from '../../../src/host/facts/facts.ts';
import type { ClusterMember, HostProblem, PlannedCluster } from '../../../src/preflight/between/rule.ts';
import { betweenReads, clusterWide } from '../../../src/preflight/cluster-wide.ts';
import { factsOf } from './hosts.ts';

const hosts = [
  { name: 'm1', address: '10.0.0.11', role: 'control-plane' },
  { name: 'm2', address: '10.0.0.12', role: 'control-plane' },
  { name: 'm3', address: '10.0.0.13', role: 'control-plane' },
  { name: 'w1', address: '10.0.0.21', role: 'worker' },
] as const;

const planned: PlannedCluster = {
  hosts,
  balancer: { kind: 'local', port: 6443, image: undefined },
  endpoint: undefined,
  bindPort: 6443,
  localEtcd: true,
};
const virtual: PlannedCluster = {
  ...planned,
  balancer: { kind: 'kube-vip', address: '10.0.0.100', port: 6443, interface: undefined, image: undefined },
};
const named: PlannedCluster = { ...planned, endpoint: 'k8s.example.com' };

type Name = (typeof hosts)[number]['name'];
type Say = (argv: readonly string[], name: Name) => string | undefined;

interface Situation {
  /** What a command says on a host; undefined: it fails. */
  readonly says?: Say;
  readonly facts?: Partial<Record<Name, Partial<Facts>>>;
  readonly only?: readonly Name[];
}

/** Hosts that find each other and differ in what must differ, as the rules see them. */
function members(cluster: PlannedCluster, { says = () => '', facts = {}, only }: Situation): readonly ClusterMember[] {
  return hosts.flatMap((own): readonly ClusterMember[] => {
    if (only && !only.includes(own.name)) return [];
    const answers = betweenReads(own, cluster).map((argv) => {
      const stdout = says(argv, own.name);
      return [argv.join('\0'), { code: stdout === undefined ? 2 : 0, stdout: stdout ?? '', stderr: '' }] as const;
    });
    return [
      {
        host: own.name,
        nodeName: own.name,
        facts: {
          ...factsOf('stream-9'),
          hostname: own.name,
          addresses: [{ interface: 'eth0', address: own.address, prefix: 24 }],
          identity: { machineId: own.name, productUuid: own.name, macs: [own.name] },
          resolves: new Map(hosts.map(({ name, address }) => [name, [address]])),
          kubernetesFiles: [],
          clock: 1000,
          ...facts[own.name],
        },
        commands: new Map(answers),
        asked: 999.9,
        answered: 1000.1,
      },
    ];
  });
}

const told = (problems: readonly HostProblem[]) =>
  problems.map(({ host, problem }) => `${host} ${problem.severity} ${problem.name}: ${problem.message}`);
const check = (cluster: PlannedCluster, situation: Situation) =>
  told(clusterWide(members(cluster, situation), cluster));

const pinged =
  (times: Readonly<Record<string, string>>): Say =>
  (argv) =>
    argv[2]?.includes('ping -n -q -c 3')
      ? argv
          .slice(4)
          .map(
            (peer) =>
              `--- ${peer} ping statistics ---\n3 packets transmitted\nrtt min/avg/max/mdev = 0.1/${times[peer] ?? '0.2'}/9/0 ms\n`,
          )
          .join('')
      : '';
const ports =
  (state: (host: Name, peer: string) => string): Say =>
  (argv, name) =>
    argv[2]?.includes('/dev/tcp')
      ? argv
          .slice(4)
          .map((peer) => `${peer} 2379 open\n${peer} 2380 ${state(name, peer)}\n`)
          .join('')
      : '';
const resolves =
  (of: (host: Name) => string | undefined): Say =>
  (argv, name) => {
    const address = of(name);
    if (argv[0] !== 'getent') return '';
    return address === undefined ? undefined : `${address} STREAM k8s.example.com\n`;
  };

describe('between the hosts of several control planes', () => {
  it('there is nothing to tell where all is well', () => {
    expect(check(planned, { says: pinged({}) })).toEqual([]);
    expect(check(planned, { says: ports(() => 'open') })).toEqual([]);
    expect(check(virtual, {})).toEqual([]);
    expect(check(named, { says: resolves(() => '10.0.0.9') })).toEqual([]);
  });

  it.each<[string, PlannedCluster, Situation, readonly (string | RegExp)[]]>([
    [
      'a long way to another one is warned of',
      planned,
      { says: pinged({ '10.0.0.13': '25.04' }) },
      [/^m1 warning EtcdRoundTrip: a round trip to the control plane m3 takes 25\.0 ms/, /^m2 warning EtcdRoundTrip/],
    ],
    [
      'a way on which etcd would elect for ever is refused',
      planned,
      { says: pinged({ '10.0.0.13': '180' }) },
      [/^m1 error EtcdRoundTrip/, /^m2 error EtcdRoundTrip/],
    ],
    [
      'a port of etcd that is shut one way is refused on the host that does not get through',
      planned,
      { says: ports((host, peer) => (host === 'm1' && peer === '10.0.0.12' ? 'rejected' : 'open')) },
      ['m1 error EtcdPorts: etcd’s ports of the control plane m2 are not reached'],
    ],
    [
      'a peer that does not answer at all is refused, who cannot ask is not judged',
      planned,
      { says: ports((host, peer) => (peer !== '10.0.0.13' ? 'open' : host === 'm1' ? 'no answer' : 'unknown')) },
      [/^m1 error EtcdPorts: .* m3 /],
    ],
    [
      'a peer that this run has not reached either is only warned of: it may be down',
      planned,
      { says: ports((_, peer) => (peer === '10.0.0.13' ? 'no answer' : 'open')), only: ['m1', 'm2'] },
      [/^m1 warning EtcdPorts: .* m3 /, /^m2 warning EtcdPorts: .* m3 /],
    ],
    [
      'clocks that differ by more than etcd wants are warned of',
      planned,
      { facts: { m3: { clock: 1002 } } },
      [/^m3 warning EtcdClock: the clock is 2\.0 s from that of m1/],
    ],
    [
      'another kubelet is warned of',
      planned,
      {
        facts: {
          m1: { kubeletVersion: 'v1.31.0' },
          m2: { kubeletVersion: 'v1.31.0' },
          m3: { kubeletVersion: 'v1.30.4' },
        },
      },
      ['m3 warning EqualVersions: the kubelet is v1.30.4, that of m1 is v1.31.0: control planes want the same'],
    ],
    [
      'a virtual address at which somebody answers is refused',
      virtual,
      { says: (argv) => (argv[4] === '10.0.0.100' ? 'taken\n' : ''), only: ['m1', 'w1'] },
      ['m1 error VirtualAddress: somebody answers at 10.0.0.100 already'],
    ],
    [
      'a virtual address that a host has is refused',
      virtual,
      {
        facts: {
          w1: {
            addresses: [
              { interface: 'eth0', address: '10.0.0.21', prefix: 24 },
              { interface: 'eth0', address: '10.0.0.100', prefix: 24 },
            ],
          },
        },
      },
      ['w1 error VirtualAddress: 10.0.0.100 is an address of this host'],
    ],
    [
      'a virtual address in another subnet than a control plane’s is refused there',
      virtual,
      { facts: { m3: { addresses: [{ interface: 'eth0', address: '10.0.0.13', prefix: 28 }] } } },
      ['m3 error VirtualAddress: 10.0.0.100 is in no subnet of eth0: it could not be announced there'],
    ],
    [
      'a control plane without the address of the file is refused where an interface has to hold another one',
      virtual,
      { facts: { m3: { addresses: [{ interface: 'eth0', address: '172.16.0.3', prefix: 24 }] } } },
      ['m3 error VirtualAddress: no interface of this host has its address 10.0.0.13, so none can hold 10.0.0.100'],
    ],
    [
      'an endpoint that one host finds elsewhere is warned of there',
      named,
      { says: resolves((host) => (host === 'w1' ? '10.0.0.8' : '10.0.0.9')) },
      [
        "w1 warning EndpointResolution: the control plane's endpoint k8s.example.com resolves to another address than on other hosts",
      ],
    ],
    [
      'an endpoint that one host does not find is refused there',
      named,
      { says: resolves((host) => (host === 'm2' ? undefined : '10.0.0.9')) },
      ["m2 error EndpointResolution: the control plane's endpoint k8s.example.com does not resolve"],
    ],
  ])('%s', (_, cluster, situation, wanted) => {
    const found = check(cluster, situation).filter((line) => !line.includes('NodeResolution'));
    expect(found).toEqual(wanted.map((words) => (typeof words === 'string' ? words : expect.stringMatching(words))));
  });

  it('a virtual address that a control plane of ours holds is no surprise', () => {
    const situation: Situation = {
      says: () => 'taken\n',
      facts: {
        m1: {
          kubernetesFiles: ['/etc/kubernetes/manifests/kinit-kube-vip.yaml'],
          addresses: [
            { interface: 'eth0', address: '10.0.0.11', prefix: 24 },
            { interface: 'eth0', address: '10.0.0.100', prefix: 32 },
          ],
        },
      },
    };
    expect(check(virtual, situation)).toEqual([]);
  });

  it('a shut port of a host whose firewall the preparation opens says so', () => {
    const situation: Situation = {
      says: ports((host, peer) => (host === 'm1' && peer === '10.0.0.12' ? 'rejected' : 'open')),
      facts: { m2: { firewalld: { active: true, zones: ['public'], ports: [], open: false, masquerade: false } } },
    };
    const [found] = clusterWide(members(planned, situation), planned);
    expect(found?.problem).toMatchObject({ name: 'EtcdPorts', prepared: true });
  });
});

describe('a host is asked', () => {
  const one: PlannedCluster = { ...planned, hosts: [hosts[0], hosts[3]], balancer: { kind: 'none' } };

  it.each<[string, PlannedCluster, 'm1' | 'w1', number]>([
    ['nothing more with one control plane', one, 'm1', 0],
    ['about its peers, as one of several control planes', planned, 'm1', 2],
    ['nothing about them as a worker', planned, 'w1', 0],
    ['nothing about etcd’s ports where etcd is elsewhere', { ...planned, localEtcd: false }, 'm1', 1],
    ['about a virtual address, as a control plane', virtual, 'm1', 3],
    ['about the endpoint’s name where others say what it is', named, 'w1', 1],
  ])('%s', (_, cluster, name, count) => {
    const own = cluster.hosts.find((host) => host.name === name)!;
    expect(betweenReads(own, cluster)).toHaveLength(count);
  });
});
