import { describe, expect, it } from 'vitest';
import { etcdFindings } from '../../../src/doctor/control-plane/etcd.ts';
import type { ApiSight, Beyond } from '../../../src/doctor/patient.ts';
import type { Facts } from '../../../src/host/facts/facts.ts';
import type { KubeObject } from '../../../src/kube/client.ts';
import { certificateOn, examined, log, type Role, type Situation, told, unit } from './patients.ts';

const flagsFile = '/var/lib/kubelet/kubeadm-flags.env';
const configFile = '/var/lib/kubelet/config.yaml';
const addFlag = (flag: string) => (text: string) => text.replace('ARGS="', `ARGS="${flag} `);
const says = (line: string) => () => `${line}\n`;
const without =
  (...ports: readonly number[]) =>
  ({ listening }: Facts) => ({ listening: listening.filter(({ port }) => !ports.includes(port)) });
const [runtimeOf, withRuntime] = [
  ({ runtimes }: Facts) => runtimes[0] as Facts['runtimes'][number],
  (more: object) => (facts: Facts) => ({ runtimes: [{ ...runtimeOf(facts), ...more }] }),
];
const crashing = { ActiveState: 'activating', SubState: 'auto-restart', Result: 'exit-code', NRestarts: '4' };

const node = (ready: boolean, message = 'kubelet is posting ready status', more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'w1' },
  status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', message }] },
  ...more,
});
const pod = (name: string, status: object, spec: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'kube-system' },
  spec,
  status,
});
const api = (more: Partial<ApiSight> = {}): Beyond => ({
  api: { node: node(true), pods: [], proxyMode: undefined, ...more },
});
const cniVolume = { volumes: [{ hostPath: { path: '/etc/cni/net.d' } }] };
const otherCa = certificateOn('control-plane', 'etcd/ca.crt');

describe('a healthy host', () => {
  it.each<Role>(['control-plane', 'worker'])('has nothing to tell as a %s', (role) => {
    expect(told(role)).toEqual([]);
  });

  it('has nothing to tell where the API says that it is Ready', () => {
    expect(told('worker', { beyond: api() })).toEqual([]);
  });

  it('may have docker beside it that runs no pods', () => {
    expect(told('worker', { answers: { podsByRuntime: () => 'docker 0\ncontainerd 6\n' } })).toEqual([]);
  });
});

/** Host, what is otherwise there, the only finding, words of its evidence. */
type Cause = readonly [string, Role, Situation, string, RegExp];

const onTheNode: readonly Cause[] = [
  [
    'a kubelet that nobody runs',
    'worker',
    {
      answers: { units: unit('kubelet', { ActiveState: 'inactive', SubState: 'dead' }) },
      facts: without(10248, 10250),
    },
    'KubeletStopped',
    /kubelet\.service is inactive/,
  ],
  [
    'a flag that the kubelet does not know',
    'worker',
    {
      answers: {
        units: unit('kubelet', crashing),
        kubeletLog: says('F1130 00:27:34.314029    2857 server.go:156] unknown flag: --no-such-flag'),
      },
    },
    'UnknownFlag',
    /unknown flag: --no-such-flag/,
  ],
  [
    'a kubelet that ends for a reason that nobody knows',
    'worker',
    {
      answers: {
        units: unit('kubelet', crashing),
        kubeletLog: says('F1130 00:27:34.3 1 server.go:99] failed to parse: eviction'),
      },
    },
    'KubeletFails',
    /eviction/,
  ],
  [
    'a kubelet that does not come back with a boot',
    'worker',
    { answers: { units: unit('kubelet', { UnitFileState: 'disabled' }) } },
    'KubeletDisabled',
    /disabled/,
  ],
  [
    'another program on the kubelet’s port',
    'worker',
    {
      facts: ({ listening }) => ({
        listening: [
          ...listening.filter(({ port }) => port !== 10250),
          { address: '0.0.0.0', port: 10250, process: 'socat' },
        ],
      }),
      answers: {
        units: unit('kubelet', crashing),
        kubeletLog: says('E1130 listen tcp :10250: bind: address already in use'),
      },
    },
    'PortTaken',
    /0\.0\.0\.0:10250 \(socat\)/,
  ],
  [
    'a containerd that nobody runs',
    'worker',
    {
      facts: () => ({ runtimes: [] }),
      answers: { units: unit('containerd', { ActiveState: 'inactive', SubState: 'dead' }) },
    },
    'RuntimeStopped',
    /containerd\.service is inactive/,
  ],
  [
    'containerd’s CRI plugin switched off',
    'worker',
    { facts: withRuntime({ disabledPlugins: ['cri'] }) },
    'CRI',
    /disabled_plugins = \["cri"\]/,
  ],
  [
    'two cgroup drivers',
    'worker',
    { facts: withRuntime({ cgroupDriver: 'systemd' }) },
    'CgroupDriver',
    /kubelet: unsaid, containerd: systemd/,
  ],
  [
    'a second runtime that still has pods',
    'worker',
    { answers: { podsByRuntime: () => 'docker 5\ncontainerd 6\n' } },
    'TwoRuntimes',
    /5 containers of docker/,
  ],
  [
    'a sandbox image that cannot be had',
    'worker',
    {
      facts: withRuntime({ sandboxImage: 'k8s.gcr.io/pause:3.9', images: [] }),
      answers: {
        kubeletLog: says(
          'E1130 00:30:05 1 pod_workers.go:191] failed to create sandbox: failed to get sandbox image "k8s.gcr.io/pause:3.9": failed to pull image: dial tcp: i/o timeout',
        ),
      },
    },
    'SandboxImageMissing',
    /i\/o timeout/,
  ],
  [
    'an image that cannot be pulled, by the kubelet’s words',
    'worker',
    {
      answers: {
        kubeletLog: says(
          'E1130 00:34:44 1 pod_workers.go:191] Error syncing pod: failed to "StartContainer" for "lost" with ImagePullBackOff: "Back-off pulling image \\"registry.nowhere.test/lost:1\\""',
        ),
      },
    },
    'ImageNotPulled',
    /registry\.nowhere\.test/,
  ],
  [
    'an image that cannot be pulled, by the API',
    'worker',
    {
      beyond: api({
        pods: [
          pod('lost', {
            containerStatuses: [
              {
                name: 'a',
                image: 'registry.nowhere.test/lost:1',
                state: { waiting: { reason: 'ErrImagePull', message: 'no such host' } },
              },
            ],
          }),
        ],
      }),
    },
    'ImageNotPulled',
    /lost: ErrImagePull: no such host/,
  ],
  ['swap', 'worker', { facts: () => ({ swaps: ['/dev/sda2'] }) }, 'Swap', /sda2/],
  [
    'a kernel that has lost br_netfilter',
    'worker',
    {
      facts: ({ sysctls }) => ({ sysctls: new Map([...sysctls].filter(([key]) => !key.startsWith('net.bridge.'))) }),
    },
    'FileContent--proc-sys-net-bridge-bridge-nf-call-iptables',
    /no \/proc\/sys\/net\/bridge/,
  ],
  [
    'forwarding switched off',
    'worker',
    { facts: ({ sysctls }) => ({ sysctls: new Map([...sysctls, ['net.ipv4.ip_forward', '0']]) }) },
    'FileContent--proc-sys-net-ipv4-ip_forward',
    /it holds 0/,
  ],
  [
    'a disk that is nearly full',
    'worker',
    { answers: { room: (text) => text.replace(/^(disk \/var\/lib\/kubelet \d+) \d+/m, '$1 9000000') } },
    'DiskPressure',
    /3\.4 %\) left; the kubelet evicts pods below nodefs\.available 10%/,
  ],
  [
    'memory that runs out, by a threshold of the user’s',
    'worker',
    { files: { [configFile]: (text) => `${text}evictionHard: {memory.available: 999Gi}\n` } },
    'MemoryPressure',
    /memory\.available 999Gi/,
  ],
  [
    'no pod network',
    'worker',
    {
      facts: () => ({ cniFiles: [] }),
      answers: { kubeletLog: says('E1130 kubelet.go:2163] cni plugin not initialized') },
    },
    'NoPodNetwork',
    /cni plugin not initialized/,
  ],
  [
    'a pod network whose own pod crashes',
    'worker',
    {
      beyond: api({
        node: node(false, 'network plugin is not ready: cni config uninitialized'),
        pods: [
          pod(
            'kube-flannel-x',
            {
              containerStatuses: [
                {
                  name: 'f',
                  ready: false,
                  state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s' } },
                },
              ],
            },
            cniVolume,
          ),
        ],
      }),
      facts: () => ({ cniFiles: [] }),
    },
    'NetworkPodDown',
    /CrashLoopBackOff: back-off 5m0s/,
  ],
  [
    'a pod network whose own pod has ended, while no API answers',
    'worker',
    {
      facts: () => ({ cniFiles: [] }),
      answers: {
        containerLogs: log(
          'kube-flannel-ds-x1_uid/kube-flannel',
          'E1130 main.go:332] Error registering network: node "w1" pod cidr not assigned',
        ),
      },
    },
    'NetworkPodDown',
    /pod cidr not assigned/,
  ],
  [
    'a configuration of the pod network that containerd has missed',
    'worker',
    {
      beyond: api({
        node: node(
          false,
          'runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:cni plugin not initialized',
        ),
      }),
    },
    'NetworkNotLoaded',
    /10-lab\.conflist; cni plugin not initialized/,
  ],
  [
    'a bridge of an earlier pod network',
    'worker',
    {
      beyond: api({ node: node(true, '', { spec: { podCIDR: '10.244.7.0/24' } }) }),
    },
    'LeftoverInterface',
    /cni0 has 10\.244\.1\.1\/24; the node's pods get 10\.244\.7\.0\/24/,
  ],
  ['another hostname', 'worker', { facts: () => ({ hostname: 'other' }) }, 'HostnameChanged', /system:node:w1/],
  [
    'an address that has gone',
    'worker',
    { files: { [flagsFile]: addFlag('--node-ip=10.77.2.250') } },
    'AddressChanged',
    /node-ip says 10\.77\.2\.250; the host has 10\.77\.2\.12/,
  ],
  ['a clock that is ahead', 'worker', { beyond: { clockOffset: 3600 } }, 'ClockSkew', /nothing keeps it/],
  [
    'a kubelet’s certificate that has expired',
    'worker',
    { facts: () => ({ clock: Date.parse('2027-12-01T00:00:00Z') / 1000 }) },
    'CertificateExpired',
    /kubelet-client-current\.pem expired on 2027-11-30/,
  ],
  [
    'a CA of another cluster',
    'worker',
    {
      answers: {
        credentials: (text) =>
          text.replace(
            /^certificate-authority-data .*$/m,
            `certificate-authority-data ${Buffer.from(otherCa).toString('base64')}`,
          ),
      },
    },
    'ForeignCertificate',
    /trusts CN=etcd-ca/,
  ],
  [
    'an API server of another cluster',
    'worker',
    { answers: { apiDoor: (text) => text.replace(/-----BEGIN[\s\S]*-----\n/, otherCa) } },
    'ForeignCertificate',
    /its certificate: issued by CN=etcd-ca/,
  ],
  [
    'an API server that has moved',
    'worker',
    {
      answers: { apiDoor: () => 'server https://10.77.2.99:6443\naddress 10.77.2.99\nproblem connect:errno=113\n' },
      beyond: { servers: [{ host: 'cp1', addresses: ['10.77.2.11'] }] },
    },
    'WrongApiAddress',
    /10\.77\.2\.99:6443: no route to host; one answers on cp1/,
  ],
  [
    'a name of the API server that does not resolve',
    'worker',
    {
      answers: {
        apiDoor: () => 'server https://api.nowhere.test:6443\nproblem getaddrinfo: Name or service not known\n',
      },
    },
    'WrongApiAddress',
    /api\.nowhere\.test/,
  ],
  [
    'an API server that does not answer, of which no more is known',
    'worker',
    { answers: { apiDoor: () => 'server https://10.77.2.11:6443\naddress 10.77.2.11\nproblem connect:errno=111\n' } },
    'ApiServerUnreachable',
    /connection refused/,
  ],
  [
    'a firewall that has been set up anew',
    'worker',
    {
      facts: ({ firewalld }) => ({
        firewalld: { ...firewalld, active: true, open: false, zones: ['public'], ports: ['22/tcp'] },
      }),
    },
    'Firewalld',
    /not open: .*10250\/tcp/,
  ],
  [
    'rules of kube-proxy that a reload has taken',
    'worker',
    {
      answers: {
        packetFilter: () => 'gone\n',
        units: unit('firewalld', { LoadState: 'loaded', ActiveState: 'active', SubState: 'running' }),
      },
    },
    'FirewallReloaded',
    /no such chain; firewalld runs/,
  ],
  [
    'IPVS without its modules',
    'worker',
    {
      answers: {
        containerLogs: log(
          'kube-proxy-xtwxc_uid/kube-proxy',
          "E1130 00:31 1 server_others.go:439] Can't use the IPVS proxier: IPVS proxier will not be used because the following required kernel modules are not loaded: [ip_vs]",
        ),
      },
    },
    'ProxyModules',
    /Can't use the IPVS proxier/,
  ],
  [
    'IPVS without its modules, by the configuration',
    'worker',
    { beyond: api({ proxyMode: 'ipvs' }) },
    'ProxyModules',
    /mode: ipvs/,
  ],
  [
    'CoreDNS that asks itself',
    'worker',
    {
      answers: {
        containerLogs: log(
          'coredns-74ff55c5b-qmfvl_uid/coredns',
          '[FATAL] plugin/loop: Loop (127.0.0.1:46175 -> :53) detected for zone ".", see https://coredns.io/plugins/loop#troubleshooting. Query: "HINFO 1.2."',
        ),
      },
    },
    'DnsLoop',
    /Loop \(127\.0\.0\.1/,
  ],
  [
    'a join whose token has expired',
    'worker',
    {
      paths: { '/etc/kubernetes/kubelet.conf': 'absent', '/etc/kubernetes/bootstrap-kubelet.conf': 'file' },
      answers: {
        apiDoor: () => '',
        kubeletLog: says(
          'E1130 certificate_manager.go:437] Failed while requesting a signed certificate from the master: cannot create certificate signing request: Unauthorized',
        ),
      },
    },
    'TokenRefused',
    /Unauthorized/,
  ],
  [
    'a refused token where the kubelet has written the kubeconfig of the certificate that it asks for',
    'worker',
    {
      paths: { '/etc/kubernetes/bootstrap-kubelet.conf': 'file' },
      answers: {
        apiDoor: () => '',
        credentials: (text) =>
          text
            .split('\u0001')
            .filter((part) => !part.includes('kubelet-client-current.pem\n'))
            .join('\u0001'),
        kubeletLog: says('E1130 certificate_manager.go:437] cannot create certificate signing request: Unauthorized'),
      },
    },
    'TokenRefused',
    /Unauthorized/,
  ],
  [
    'a join whose certificate nobody signs',
    'worker',
    {
      paths: { '/etc/kubernetes/kubelet.conf': 'absent', '/etc/kubernetes/bootstrap-kubelet.conf': 'file' },
      answers: {
        apiDoor: () => '',
        kubeletLog: says(
          'E1130 certificate_manager.go:454] certificate request was not signed: timed out waiting for the condition',
        ),
      },
    },
    'JoinUnfinished',
    /was not signed/,
  ],
  [
    'nothing of a cluster',
    'worker',
    { paths: { '/etc/kubernetes/kubelet.conf': 'absent' }, answers: { apiDoor: () => '' } },
    'NoNode',
    /no \/etc\/kubernetes\/kubelet\.conf/,
  ],
  ['a node that the cluster does not know', 'worker', { beyond: api({ node: undefined }) }, 'NodeUnknown', /not found/],
  [
    'a node that is not Ready for a reason that nobody knows',
    'worker',
    { beyond: api({ node: node(false, 'PLEG is not healthy: pleg was last seen active 3m0s ago') }) },
    'NotReady',
    /PLEG is not healthy/,
  ],
];

const ofTheControlPlane: readonly Cause[] = [
  [
    'a flag that the scheduler does not know',
    'control-plane',
    {
      facts: without(10259),
      answers: {
        containerLogs: log('kube-scheduler-cp1_uid/kube-scheduler', 'Error: unknown flag: --no-such-flag', 'Usage:'),
      },
    },
    'UnknownFlag',
    /unknown flag: --no-such-flag/,
  ],
  [
    'a flag that the API server does not know, which takes the others with it',
    'control-plane',
    {
      facts: without(6443, 10257, 10259),
      answers: {
        apiDoor: () => 'server https://10.77.2.11:6443\naddress 10.77.2.11\nproblem connect:errno=111\n',
        containerLogs: log('kube-apiserver-cp1_uid/kube-apiserver', 'Error: unknown flag: --no-such-flag'),
      },
    },
    'UnknownFlag',
    /no-such-flag/,
  ],
  [
    'a full disk of etcd, which takes all with it',
    'control-plane',
    {
      facts: without(2379, 6443, 10257, 10259),
      answers: {
        containerLogs: log(
          'etcd-cp1_uid/etcd',
          'panic: wal: write /var/lib/etcd/member/wal/0.tmp: no space left on device',
        ),
      },
    },
    'DiskFull',
    /no space left on device/,
  ],
  [
    'another program on the scheduler’s port',
    'control-plane',
    {
      facts: ({ listening }) => ({
        listening: [
          ...listening.filter(({ port }) => port !== 10259),
          { address: '127.0.0.1', port: 10259, process: 'nc' },
        ],
      }),
      answers: {
        containerLogs: log(
          'kube-scheduler-cp1_uid/kube-scheduler',
          'failed to create listener: failed to listen on 127.0.0.1:10259: listen tcp 127.0.0.1:10259: bind: address already in use',
        ),
      },
    },
    'PortTaken',
    /address already in use/,
  ],
  [
    'a manifest that is no YAML any more',
    'control-plane',
    {
      facts: without(10257),
      answers: {
        kubeletLog: says(
          'E1130 00:31:49.106418     847 file.go:187] Can\'t process manifest file "/etc/kubernetes/manifests/kube-controller-manager.yaml": couldn\'t parse as pod',
        ),
      },
    },
    'ManifestBroken',
    /couldn't parse as pod/,
  ],
  [
    'a manifest that has gone',
    'control-plane',
    { paths: { '/etc/kubernetes/manifests/kube-scheduler.yaml': 'absent' }, facts: without(10259) },
    'ManifestMissing',
    /kube-scheduler\.yaml/,
  ],
  [
    'an image of the control plane that cannot be pulled',
    'control-plane',
    {
      facts: (facts) => ({ ...without(10259)(facts), ...withRuntime({ images: [] })(facts) }),
      answers: {
        kubeletLog: says('E1130 Failed to pull image "k8s.gcr.io/kube-scheduler:v1.20.2": dial tcp: i/o timeout'),
      },
    },
    'ImageNotPulled',
    /i\/o timeout/,
  ],
  [
    'a component that has ended for a reason that nobody knows',
    'control-plane',
    {
      facts: without(10257),
      answers: {
        containerLogs: log('kube-controller-manager-cp1_uid/kube-controller-manager', 'F1130 leaderelection lost'),
      },
    },
    'ComponentDown',
    /leaderelection lost/,
  ],
  [
    'an address of the control plane that has gone',
    'control-plane',
    {
      facts: ({ addresses }) => ({
        addresses: addresses.map((one) => (one.address === '10.77.2.11' ? { ...one, address: '10.77.2.13' } : one)),
      }),
    },
    'AddressChanged',
    /kube-apiserver’s manifest says 10\.77\.2\.11, etcd’s manifest says 10\.77\.2\.11/,
  ],
  [
    'a certificate of the API server without its address',
    'control-plane',
    {
      answers: { credentials: (text) => text.replace(/https:\/\/10\.77\.2\.11:6443/g, 'https://api.example.com:6443') },
    },
    'CertificateNames',
    /apiserver\.crt has DNS:/,
  ],
  [
    'a certificate that another CA has signed',
    'control-plane',
    {
      answers: {
        credentials: (text) =>
          text.replace(
            certificateOn('control-plane', 'etcd/peer.crt'),
            certificateOn('control-plane', 'front-proxy-client.crt'),
          ),
      },
    },
    'ForeignCertificate',
    /issued by CN=front-proxy-ca/,
  ],
  [
    'certificates that end within days',
    'control-plane',
    { facts: () => ({ clock: Date.parse('2027-11-25T00:00:00Z') / 1000 }) },
    'CertificateEndsSoon',
    /ends on Nov 30/,
  ],
  [
    'a slow disk of etcd',
    'control-plane',
    {
      answers: {
        containerLogs: log('etcd-cp1_uid/etcd', '2026-11-30 W | wal: sync duration of 3.5s, expected less than 1s'),
      },
    },
    'EtcdSlowDisk',
    /sync duration of 3\.5s/,
  ],
];

describe('a cause on a node', () => {
  it.each(onTheNode)('%s', (_, role, situation, name, evidence) => {
    expect(told(role, situation)).toEqual([
      expect.objectContaining({ name, evidence: expect.stringMatching(evidence) }),
    ]);
  });
});

describe('a cause in the control plane', () => {
  it.each(ofTheControlPlane)('%s', (_, role, situation, name, evidence) => {
    expect(told(role, situation)).toEqual([
      expect.objectContaining({ name, evidence: expect.stringMatching(evidence) }),
    ]);
  });
});

describe('what every finding has', () => {
  it.each([...onTheNode, ...ofTheControlPlane])(
    'a command or a sentence that mends it, and no line break: %s',
    (_, role, situation) => {
      for (const { message, evidence, mend } of told(role, situation)) {
        for (const text of [message, evidence, mend]) expect(text).toMatch(/^\S.*\S$/);
      }
    },
  );
});

describe('etcd', () => {
  const member = (name: string, role: string, alarms: readonly string[] = []) =>
    ({ name, id: '1', peerUrl: '', role, votes: true, version: '3.4', databaseBytes: 1, alarms }) as never;
  const names = (tolerates: number, ...members: never[]) =>
    etcdFindings({ problem: undefined, members, tolerates }).map(({ member: of, finding }) => [of, finding.name]);

  it('is well where every member takes part', () => {
    expect(names(1, member('a', 'leader'), member('b', 'follower'), member('c', 'follower'))).toEqual([]);
  });

  it('tells of an alarm at the member that raises it', () => {
    expect(names(0, member('a', 'leader', ['NOSPACE']))).toEqual([['a', 'EtcdAlarm']]);
  });

  it('tells of a member that is down', () => {
    expect(names(0, member('a', 'leader'), member('b', 'follower'), member('c', 'does not answer'))).toEqual([
      ['c', 'EtcdMemberDown'],
    ]);
  });

  it('is silent where it runs and does not answer', () => {
    expect(etcdFindings({ problem: 'no answer within 3 s', members: [], tolerates: 0 })).toEqual([
      { finding: expect.objectContaining({ name: 'EtcdSilent', evidence: 'no answer within 3 s' }) },
    ]);
  });

  it('takes no API server down with it that has a cause of its own', () => {
    const lost = { findings: [], isLost: true };
    const down: Situation = { facts: without(6443), beyond: { etcd: lost } };
    expect(told('control-plane', down)).toEqual([]);
    const containerLogs = log('kube-apiserver-cp1_uid/kube-apiserver', 'Error: unknown flag: --no-such-flag');
    expect(told('control-plane', { ...down, answers: { containerLogs } })).toMatchObject([{ name: 'UnknownFlag' }]);
  });

  it('tells of a lost quorum once, and of no member beside', () => {
    const lost = [member('a', 'without a leader'), member('b', 'does not answer'), member('c', 'does not answer')];
    expect(names(-2, ...lost)).toEqual([[undefined, 'EtcdQuorum']]);
  });
});

describe('what kinit mends itself', () => {
  const fixable = [...onTheNode, ...ofTheControlPlane].filter(([, role, situation]) =>
    examined(role, situation).causes.some(({ fix }) => fix !== undefined),
  );

  it('is what takes nothing from anybody', () => {
    expect([...new Set(fixable.map(([, , , name]) => name))].toSorted()).toEqual([
      'FileContent--proc-sys-net-bridge-bridge-nf-call-iptables',
      'FileContent--proc-sys-net-ipv4-ip_forward',
      'KubeletDisabled',
      'KubeletStopped',
      'LeftoverInterface',
      'NetworkNotLoaded',
      'ProxyModules',
      'RuntimeStopped',
      'Swap',
    ]);
  });
});
