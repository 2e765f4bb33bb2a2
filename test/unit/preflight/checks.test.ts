import { describe, expect, it } from 'vitest';
import type { Facts } from '../../../src/host/facts/facts.ts';
import type { Subject } from '../../../src/preflight/subject.ts';
import { newestMinor } from '../../../src/release/served.ts';
import { minors } from '../manifests/config.ts';
import { namesOf, perfect, preflightOf, type Situation } from './hosts.ts';

const facts = perfect('v1.30.0');
const without = (...names: string[]): Situation => ({
  facts: { programs: new Map([...facts.programs].filter(([program]) => !names.includes(program))) },
});
const listening = (port: number): Situation => ({
  facts: { listening: [{ address: '0.0.0.0', port, process: 'nginx' }] },
});
const sysctl = (key: string, set?: string): Partial<Facts> => ({
  sysctls: new Map(
    [...facts.sysctls].flatMap(([name, was]) => (name !== key ? [[name, was]] : set ? [[name, set]] : [])),
  ),
});
const file = (path: string): Situation => ({ paths: { [path]: { type: 'file' } } });
const filled = (path: string): Situation => ({ paths: { [path]: { type: 'directory', entries: ['member'] } } });
const service = (name: string, active: boolean, enabled: boolean): Situation => ({
  facts: { services: new Map([...facts.services, [name, { active, enabled }]]) },
});
const ipv6: Partial<Subject> = { localAPIEndpoint: { advertiseAddress: '2001:db8::31', bindPort: 6443 } };
const docker = (version: string, cgroupDriver: string): Situation => ({
  ...service('docker', true, true),
  facts: {
    ...service('docker', true, true).facts,
    runtimes: [
      {
        ...facts.runtimes[0]!,
        socket: '/var/run/docker.sock',
        name: 'docker',
        version,
        cgroupDriver,
        sandboxImage: undefined,
        disabledPlugins: [],
      },
    ],
  },
  subject: { criSocket: '/var/run/dockershim.sock', kubelet: { cgroupDriver } },
});

interface Row {
  readonly check: string;
  readonly when: string;
  readonly roles?: readonly Subject['role'][];
  readonly situation: Situation;
  /** Minors in which it is an error, and in which it is a warning; both ends included. */
  readonly error?: readonly [number, number];
  readonly warning?: readonly [number, number];
}

const [all, init, join, worker, controlPlane] = [
  ['init', 'join-worker', 'join-control-plane'],
  ['init'],
  ['join-worker', 'join-control-plane'],
  ['join-worker'],
  ['init', 'join-control-plane'],
] as const satisfies readonly (readonly Subject['role'][])[];
const ever = [18, newestMinor] as const;

const rows: readonly Row[] = [
  {
    check: 'IsPrivilegedUser',
    when: 'the user is not root',
    roles: all,
    situation: { facts: { uid: 1000 } },
    error: ever,
  },
  { check: 'NumCPU', when: 'there is one CPU', roles: controlPlane, situation: { facts: { cpus: 1 } }, error: ever },
  {
    check: 'Mem',
    when: 'there are 1699 MiB',
    roles: controlPlane,
    situation: { facts: { memory: 1699 } },
    error: [20, newestMinor],
  },
  {
    check: 'Swap',
    when: 'swap is on',
    roles: all,
    situation: { facts: { swaps: ['/dev/dm-1'] } },
    error: [18, 22],
    warning: [23, newestMinor],
  },
  { check: 'Port-6443', when: 'the API port is taken', roles: controlPlane, situation: listening(6443), error: ever },
  {
    check: 'Port-10259',
    when: "the scheduler's port is taken",
    roles: controlPlane,
    situation: listening(10259),
    error: ever,
  },
  {
    check: 'Port-10257',
    when: "the controller manager's port is taken",
    roles: controlPlane,
    situation: listening(10257),
    error: ever,
  },
  { check: 'Port-10250', when: "the kubelet's port is taken", roles: all, situation: listening(10250), error: ever },
  {
    check: 'Port-2379',
    when: "etcd's client port is taken",
    roles: controlPlane,
    situation: listening(2379),
    error: ever,
  },
  {
    check: 'Port-2380',
    when: "etcd's peer port is taken",
    roles: controlPlane,
    situation: listening(2380),
    error: ever,
  },
  ...['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'etcd'].map((name) => ({
    check: `FileAvailable--etc-kubernetes-manifests-${name}.yaml`,
    when: 'the manifest is there',
    roles: controlPlane,
    situation: file(`/etc/kubernetes/manifests/${name}.yaml`),
    error: ever,
  })),
  {
    check: 'FileAvailable--etc-kubernetes-kubelet.conf',
    when: 'the host has joined',
    roles: join,
    situation: file('/etc/kubernetes/kubelet.conf'),
    error: ever,
  },
  {
    check: 'FileAvailable--etc-kubernetes-bootstrap-kubelet.conf',
    when: 'the host is joining',
    roles: join,
    situation: file('/etc/kubernetes/bootstrap-kubelet.conf'),
    error: ever,
  },
  {
    check: 'FileAvailable--etc-kubernetes-pki-ca.crt',
    when: 'a CA is there',
    roles: worker,
    situation: file('/etc/kubernetes/pki/ca.crt'),
    error: ever,
  },
  {
    check: 'DirAvailable--var-lib-etcd',
    when: "etcd's data are there",
    roles: controlPlane,
    situation: filled('/var/lib/etcd'),
    error: ever,
  },
  {
    check: 'DirAvailable--etc-kubernetes-manifests',
    when: 'a manifest is there',
    roles: join,
    situation: filled('/etc/kubernetes/manifests'),
    error: [18, 22],
  },
  {
    check: 'FileExisting-crictl',
    when: 'it is missing, and so is ctr',
    roles: all,
    situation: without('crictl', 'ctr'),
    error: [18, 30],
    warning: [31, 31],
  },
  {
    check: 'FileExisting-crictl',
    when: 'it is missing, and ctr stands in for it',
    roles: all,
    situation: without('crictl'),
    warning: [18, 31],
  },
  {
    check: 'FileExisting-conntrack',
    when: 'it is missing',
    roles: all,
    situation: without('conntrack'),
    error: [18, 31],
  },
  { check: 'FileExisting-ip', when: 'it is missing', roles: all, situation: without('ip'), error: [18, 32] },
  {
    check: 'FileExisting-iptables',
    when: 'it is missing',
    roles: all,
    situation: without('iptables'),
    error: [18, 32],
  },
  { check: 'FileExisting-nsenter', when: 'it is missing', roles: all, situation: without('nsenter'), error: [18, 32] },
  { check: 'FileExisting-mount', when: 'it is missing', roles: all, situation: without('mount'), error: ever },
  {
    check: 'FileExisting-losetup',
    when: 'it is missing',
    roles: all,
    situation: without('losetup'),
    error: [33, newestMinor],
  },
  { check: 'FileExisting-cp', when: 'it is missing', roles: all, situation: without('cp'), error: [33, newestMinor] },
  {
    check: 'FileExisting-ebtables',
    when: 'it is missing',
    roles: all,
    situation: without('ebtables'),
    warning: [18, 31],
  },
  { check: 'FileExisting-socat', when: 'it is missing', roles: all, situation: without('socat'), warning: [18, 31] },
  {
    check: 'FileExisting-ethtool',
    when: 'it is missing',
    roles: all,
    situation: without('ethtool'),
    warning: [18, 32],
  },
  { check: 'FileExisting-tc', when: 'it is missing', roles: all, situation: without('tc'), warning: [18, 32] },
  { check: 'FileExisting-touch', when: 'it is missing', roles: all, situation: without('touch'), warning: [18, 32] },
  {
    check: 'FileContent--proc-sys-net-bridge-bridge-nf-call-iptables',
    when: 'br_netfilter is not loaded',
    roles: all,
    situation: { facts: sysctl('net.bridge.bridge-nf-call-iptables') },
    error: [18, 29],
  },
  {
    check: 'FileContent--proc-sys-net-bridge-bridge-nf-call-ip6tables',
    when: 'it is off and the address is IPv6',
    roles: init,
    situation: { facts: sysctl('net.bridge.bridge-nf-call-ip6tables', '0'), subject: ipv6 },
    error: [18, 29],
  },
  {
    check: 'FileContent--proc-sys-net-ipv4-ip_forward',
    when: 'forwarding is off',
    roles: all,
    situation: { facts: sysctl('net.ipv4.ip_forward', '0') },
    error: ever,
  },
  {
    check: 'FileContent--proc-sys-net-ipv4-ip_forward',
    when: 'forwarding is off and the endpoint is a DNS name',
    roles: worker,
    situation: {
      facts: sysctl('net.ipv4.ip_forward', '0'),
      subject: { join: { caCertPath: '/etc/kubernetes/pki/ca.crt', discoveryHost: 'api.example.com' } },
    },
    error: [18, 26],
  },
  {
    check: 'FileContent--proc-sys-net-ipv6-conf-default-forwarding',
    when: 'IPv6 forwarding is off and the address is IPv6',
    roles: init,
    situation: { facts: sysctl('net.ipv6.conf.default.forwarding', '0'), subject: ipv6 },
    error: ever,
  },
  {
    check: 'Hostname',
    when: 'the node name does not resolve',
    roles: all,
    situation: { subject: { nodeName: 'elsewhere' } },
    warning: ever,
  },
  {
    check: 'Hostname',
    when: 'the node name resolves and is no qualified name',
    roles: all,
    situation: { subject: { nodeName: '-a-' }, lookup: '10.0.0.9  STREAM -a-\n' },
    warning: [21, newestMinor],
  },
  {
    check: 'KubeletVersion',
    when: 'there is no kubelet',
    roles: all,
    situation: { facts: { kubeletVersion: undefined } },
    error: ever,
  },
  {
    check: 'KubeletVersion',
    when: 'the kubelet is newer than the control plane',
    roles: init,
    situation: { facts: { kubeletVersion: 'v1.99.0' } },
    error: ever,
  },
  {
    check: 'KubeletVersion',
    when: 'a newer kubelet joins',
    roles: join,
    situation: { facts: { kubeletVersion: 'v1.99.0' } },
  },
  {
    check: 'Service-kubelet',
    when: 'the kubelet is not enabled',
    roles: all,
    situation: service('kubelet', false, false),
    warning: ever,
  },
  {
    check: 'Firewalld',
    when: 'firewalld lets nothing in',
    roles: all,
    situation: { facts: { firewalld: { active: true, zones: ['public'], ports: [], open: false, masquerade: false } } },
    warning: ever,
  },
  {
    check: 'HTTPProxy',
    when: 'a proxy stands before the API server',
    roles: all,
    situation: { facts: { proxyEnvironment: new Map([['https_proxy', 'http://proxy:3128']]) } },
    warning: ever,
  },
  {
    check: 'HTTPProxyCIDR',
    when: 'a proxy stands before the Services',
    roles: controlPlane,
    situation: {
      facts: {
        proxyEnvironment: new Map([
          ['HTTPS_PROXY', 'http://proxy:3128'],
          ['NO_PROXY', '10.0.0.0/24,10.244.0.0/16'],
        ]),
      },
    },
    warning: ever,
  },
  { check: 'CRI', when: 'there is no runtime', roles: all, situation: { facts: { runtimes: [] } }, error: ever },
  {
    check: 'CRI',
    when: 'the runtime does not answer',
    roles: all,
    situation: { facts: { runtimes: [{ ...facts.runtimes[0]!, version: undefined, problem: 'connection refused' }] } },
    error: ever,
  },
  {
    check: 'CRI',
    when: "containerd's CRI plugin is off",
    roles: all,
    situation: { facts: { runtimes: [{ ...facts.runtimes[0]!, version: undefined, disabledPlugins: ['cri'] }] } },
    error: ever,
  },
  {
    check: 'CRI',
    when: 'containerd is 1.5, which has no CRI v1',
    roles: all,
    situation: { facts: { runtimes: [{ ...facts.runtimes[0]!, name: 'containerd', version: '1.5.18' }] } },
    error: [26, newestMinor],
  },
  {
    check: 'CRI',
    when: 'containerd is 2.1, which has no CRI v1alpha2',
    roles: all,
    situation: { facts: { runtimes: [{ ...facts.runtimes[0]!, name: 'containerd', version: '2.1.4' }] } },
    error: [18, 22],
  },
  {
    check: 'CRI',
    when: "docker's socket is chosen",
    roles: all,
    situation: docker('19.03.15', 'systemd'),
    error: [24, newestMinor],
  },
  {
    check: 'IsDockerSystemdCheck',
    when: 'docker manages cgroups itself',
    roles: all,
    situation: docker('19.03.15', 'cgroupfs'),
    warning: [18, 21],
  },
  {
    check: 'SystemVerification',
    when: 'docker is newer than was validated',
    roles: all,
    situation: { ...docker('20.10.24', 'systemd'), facts: docker('20.10.24', 'systemd').facts! },
    warning: [18, 20],
  },
  {
    check: 'ContainerRuntimeVersion',
    when: 'containerd is 1.7',
    roles: all,
    situation: {
      facts: { runtimes: [{ ...facts.runtimes[0]!, name: 'containerd', version: '1.7.27', cgroupDriver: undefined }] },
    },
    warning: [35, newestMinor],
  },
  {
    check: 'ContainerRuntimeVersion',
    when: 'containerd is 1.7 and the kubelet is of v1.38',
    roles: ['join-worker'],
    situation: {
      facts: {
        kubeletVersion: 'v1.38.0',
        runtimes: [{ ...facts.runtimes[0]!, name: 'containerd', version: '1.7.27', cgroupDriver: undefined }],
      },
    },
    warning: [35, 36],
    error: [37, newestMinor],
  },
  {
    check: 'SystemVerification',
    when: 'the kernel is 3.10 (CentOS 7)',
    roles: all,
    situation: { facts: { kernel: '3.10.0-1160.el7.x86_64' } },
    error: [32, 33],
    warning: [34, newestMinor],
  },
  {
    check: 'SystemVerification',
    when: 'the kernel is 4.18 (RHEL 8)',
    roles: all,
    situation: { facts: { kernel: '4.18.0-553.el8_10.x86_64' } },
    error: [32, 33],
    warning: [34, newestMinor],
  },
  {
    check: 'SystemVerification',
    when: 'the kernel is 5.14 (RHEL 9)',
    roles: all,
    situation: { facts: { kernel: '5.14.0-503.el9.x86_64' } },
    warning: [34, newestMinor],
  },
  {
    check: 'SystemVerification',
    when: 'the kernel is 2.6.32',
    roles: all,
    situation: { facts: { kernel: '2.6.32-754.el6.x86_64' } },
    error: [18, 33],
    warning: [34, newestMinor],
  },
  {
    check: 'SystemVerification',
    when: 'the host is on cgroup v1',
    roles: all,
    situation: {
      facts: {
        cgroup: { version: 1, controllers: 'cpu cpuacct cpuset devices freezer memory pids hugetlb blkio'.split(' ') },
      },
    },
    error: [35, newestMinor],
    warning: [32, 34],
  },
  {
    check: 'SystemVerification',
    when: 'the host is on cgroup v2',
    roles: all,
    situation: {
      facts: {
        cgroup: { version: 2, controllers: 'cpu cpuset devices freezer memory pids hugetlb io blkio'.split(' ') },
      },
    },
    error: [18, 18],
  },
  {
    check: 'SystemVerification',
    when: 'the pids controller is missing',
    roles: all,
    situation: {
      facts: { cgroup: { version: 2, controllers: 'cpu cpuset devices freezer memory hugetlb io blkio'.split(' ') } },
    },
    error: [18, newestMinor],
    warning: [19, 19],
  },
  {
    check: 'SystemVerification',
    when: 'no kernel configuration is readable',
    roles: all,
    situation: { facts: { kernelConfig: undefined } },
    error: ever,
  },
  {
    check: 'SystemVerification',
    when: 'FAIR_GROUP_SCHED is missing',
    roles: all,
    situation: {
      facts: { kernelConfig: new Map([...facts.kernelConfig!].filter(([name]) => name !== 'CONFIG_FAIR_GROUP_SCHED')) },
    },
    error: [21, newestMinor],
  },
  {
    check: 'SystemVerification',
    when: 'CGROUP_CPUACCT is missing on cgroup v2',
    roles: all,
    situation: {
      facts: { kernelConfig: new Map([...facts.kernelConfig!].filter(([name]) => name !== 'CONFIG_CGROUP_CPUACCT')) },
    },
    error: [18, 34],
  },
];

const within = (minor: number, range: readonly [number, number] | undefined) =>
  range !== undefined && minor >= range[0] && minor <= range[1];

describe('a check exists, and is as severe, as in the kubeadm of the version', () => {
  describe.each(rows)('$check when $when', ({ check, roles = all, situation, error, warning }) => {
    it.each(minors)('%s', (text) => {
      const minor = Number(text.split('.')[1]);
      for (const role of roles) {
        const found = namesOf(preflightOf(role, `v${text}.0`, { ...situation, facts: { ...situation.facts } }));
        const severity = within(minor, warning) ? 'warning' : within(minor, error) ? 'ERROR' : undefined;
        const named = found.filter((name) => name.toLowerCase().endsWith(` ${check.toLowerCase()}`));
        expect(named, `as ${role}`).toEqual(severity === undefined ? [] : [expect.stringContaining(severity)]);
      }
    });
  });

  it.each(minors)('nothing is said of a machine that has everything (%s)', (minor) => {
    for (const role of all) expect(namesOf(preflightOf(role, `v${minor}.0`)), role).toEqual([]);
  });
});

describe('patch releases differ', () => {
  const cpuacct = {
    facts: { kernelConfig: new Map([...facts.kernelConfig!].filter(([name]) => name !== 'CONFIG_CGROUP_CPUACCT')) },
  };
  it.each([
    ['v1.32.9', ['ERROR SystemVerification']],
    ['v1.32.10', []],
    ['v1.33.5', ['ERROR SystemVerification']],
    ['v1.33.6', []],
    ['v1.34.1', ['ERROR SystemVerification']],
    ['v1.34.2', []],
  ])('%s on a cgroup v2 kernel without options of cgroup v1', (version, expected) => {
    expect(namesOf(preflightOf('init', version, cpuacct))).toEqual(expected);
  });
});

describe('the kubelet may be older', () => {
  it.each([
    ['v1.28.0', 'v1.27.9', []],
    ['v1.28.0', 'v1.26.9', ['ERROR KubeletVersion']],
    ['v1.29.0', 'v1.26.9', []],
    ['v1.29.0', 'v1.25.9', ['ERROR KubeletVersion']],
  ])('%s with kubelet %s', (version, kubeletVersion, expected) => {
    expect(namesOf(preflightOf('join-worker', version, { facts: { kubeletVersion } }))).toEqual(expected);
  });
});
