import { describe, expect, it } from 'vitest';
import type { InitConfig, NodeRegistration } from '../../../src/config/types.ts';
import type { Runtime } from '../../../src/host/facts/facts.ts';
import {
  instanceText,
  joinKubeletConfiguration,
  kubeletConfigMapConfiguration,
  kubeletConfiguration,
  kubeletInstanceConfiguration,
} from '../../../src/manifests/kubelet-configuration.ts';
import { kubeadmFlagsEnv, kubeletFlags } from '../../../src/manifests/kubelet-flags.ts';
import { kubeletHost } from '../../../src/manifests/kubelet-host.ts';
import { kubeletDropIn, kubeletUnit } from '../../../src/manifests/kubelet-unit.ts';
import { between, initConfig, minors, newest, release } from './config.ts';

const plainHost = { systemdResolved: false };
const dockerSocket = '/var/run/dockershim.sock';
const withKubelet = (version: string, object: Record<string, unknown>): InitConfig =>
  initConfig(version, { init: { kubelet: { object, userSupplied: true } } });
const configuration = (version: string, config = initConfig(version), host = {}) =>
  kubeletConfiguration(config, release(version), { ...plainHost, ...host });

function flags(version: string, node: Partial<NodeRegistration> = {}, host = {}): string[] {
  const { nodeRegistration } = initConfig(version, { nodeRegistration: node });
  const options = { hostname: 'cp1', pauseImage: 'pause:x', registerTaints: false, ...host };
  return kubeletFlags(nodeRegistration, release(version), options).map(({ name, value }) => `--${name}=${value}`);
}

const passing = (name: string, node: Partial<NodeRegistration> = {}, host = {}) =>
  minors.filter((minor) => flags(minor, node, host).some((flag) => flag.startsWith(`--${name}=`)));

describe('the kubelet’s flags', () => {
  it.each([
    ['container-runtime', '1.18', '1.25'],
    ['container-runtime-endpoint', '1.18', '1.33'],
    ['pod-infra-container-image', '1.21', '1.34'],
  ])('--%s stands there from %s to %s', (name, first, last) => {
    expect(passing(name)).toEqual(between(first, last));
  });

  it.each([
    ['network-plugin', '1.18', '1.23'],
    ['pod-infra-container-image', '1.18', '1.34'],
  ])('with docker --%s stands there from %s to %s', (name, first, last) => {
    expect(passing(name, { criSocket: dockerSocket })).toEqual(between(first, last));
  });

  it('name no endpoint for docker as long as the kubelet talks to it itself', () => {
    const node = { criSocket: dockerSocket };
    expect(passing('container-runtime-endpoint', node)).toEqual(between('1.24', '1.33'));
    expect(passing('cgroup-driver', node, { dockerCgroupDriver: 'systemd' })).toEqual(['1.18']);
  });

  it('name systemd-resolved’s servers in 1.18 alone', () => {
    expect(passing('resolv-conf', {}, { systemdResolved: true })).toEqual(['1.18']);
  });

  it('keep the endpoint in 1.34 and 1.35 where NodeLocalCRISocket is off, drop it in 1.32 and 1.33 where it is on', () => {
    const off = passing('container-runtime-endpoint', {}, { featureGates: { NodeLocalCRISocket: false } });
    const on = passing('container-runtime-endpoint', {}, { featureGates: { NodeLocalCRISocket: true } });
    expect(off).toEqual(between('1.18', '1.35'));
    expect(on).toEqual(between('1.18', '1.31'));
  });

  it('override the host name only where the node has another', () => {
    expect(flags('1.36.2')).toEqual([]);
    expect(flags('1.36.2', { name: 'other' })).toEqual(['--hostname-override=other']);
    expect(flags('1.36.2', { name: 'cp1' }, { hostname: 'CP1' })).toEqual([]);
    const kubeletExtraArgs = [{ name: 'hostname-override', value: 'cp1' }];
    expect(flags('1.36.2', { name: 'other', kubeletExtraArgs })).toEqual(['--hostname-override=cp1']);
  });

  it('register a worker’s taints', () => {
    const taints = [
      { key: 'gpu', value: 'yes', effect: 'NoSchedule' },
      { key: 'edge', effect: 'NoExecute' },
    ];
    expect(flags('1.36.2', { taints }, { registerTaints: true })).toEqual([
      '--register-with-taints=gpu=yes:NoSchedule,edge:NoExecute',
    ]);
    expect(flags('1.36.2', { taints })).toEqual([]);
    expect(flags('1.36.2', { taints: [] }, { registerTaints: true })).toEqual([]);
  });

  it('take the user’s: sorted among kubeadm’s before, behind them in newer releases', () => {
    const node = {
      name: 'n1',
      kubeletExtraArgs: [
        { name: 'v', value: '4' },
        { name: 'node-ip', value: '192.0.2.10' },
      ],
    };
    expect(flags('1.26', node).map((flag) => flag.split('=')[0])).toEqual([
      '--container-runtime-endpoint',
      '--hostname-override',
      '--node-ip',
      '--pod-infra-container-image',
      '--v',
    ]);
    expect(flags('1.36.2', node)).toEqual(['--hostname-override=n1', '--v=4', '--node-ip=192.0.2.10']);
  });

  it('are written as one quoted variable', () => {
    const args = [
      { name: 'hostname-override', value: 'cp1' },
      { name: 'node-labels', value: 'a="b"' },
    ];
    expect(kubeadmFlagsEnv(args)).toBe('KUBELET_KUBEADM_ARGS="--hostname-override=cp1 --node-labels=a=\\"b\\""\n');
    expect(kubeadmFlagsEnv([])).toBe('KUBELET_KUBEADM_ARGS=""\n');
  });
});

describe('the kubelet’s configuration', () => {
  it.each([
    ['logging', '1.19', newest],
    ['shutdownGracePeriod', '1.20', newest],
    ['shutdownGracePeriodCriticalPods', '1.20', newest],
    ['memorySwap', '1.22', newest],
    ['containerRuntimeEndpoint', '1.27', newest],
    ['imageMaximumGCAge', '1.29', newest],
    ['crashLoopBackOff', '1.32', newest],
    ['imageMinimumGCAge', '1.18', newest],
    ['cgroupDriver', '1.21', newest],
  ])('prints %s from %s to %s', (field, first, last) => {
    expect(minors.filter((minor) => field in configuration(minor))).toEqual(between(first, last));
  });

  it.each([
    ['1.22', {}],
    ['1.23', { flushFrequency: 0, options: { json: { infoBufferSize: '0' } }, verbosity: 0 }],
    [
      '1.30',
      { flushFrequency: 0, options: { json: { infoBufferSize: '0' }, text: { infoBufferSize: '0' } }, verbosity: 0 },
    ],
  ])('prints logging from %s on as %j', (minor, logging) => {
    expect(configuration(minor)['logging']).toEqual(logging);
  });

  it('keeps what the user says, whatever kubeadm would say, except for the rotation of certificates', () => {
    const user = {
      staticPodPath: '/srv/manifests',
      clusterDNS: ['10.0.0.10'],
      authentication: { anonymous: { enabled: true } },
      cgroupDriver: 'cgroupfs',
      failSwapOn: false,
      rotateCertificates: false,
      somethingNew: { kept: true },
    };
    const made = configuration('1.36.2', withKubelet('1.36.2', user));
    expect(made).toMatchObject({ ...user, rotateCertificates: true });
    expect(made['authentication']).toEqual({
      anonymous: { enabled: true },
      webhook: { cacheTTL: '0s', enabled: true },
      x509: { clientCAFile: '/etc/kubernetes/pki/ca.crt' },
    });
  });

  it('prints the user’s durations and zeros as Go does', () => {
    const user = {
      syncFrequency: '90s',
      cpuCFSQuotaPeriod: '100ms',
      readOnlyPort: 0,
      featureGates: {},
      maxPods: 64,
      failSwapOn: false,
    };
    const made = configuration('1.36.2', withKubelet('1.36.2', user));
    expect(made).toMatchObject({ syncFrequency: '1m30s', maxPods: 64, failSwapOn: false });
    expect(made).not.toHaveProperty('readOnlyPort');
    expect(made).not.toHaveProperty('featureGates');
  });

  it.each([
    ['cpuCFSQuotaPeriod', '100ms', '100ms'],
    ['containerLogMonitorInterval', '90s', '1m30s'],
    ['kernelMemcgNotification', false, undefined],
    ['podsPerCore', 0, undefined],
    ['contentType', '', undefined],
    ['clusterDNS', [], undefined],
    ['registryPullQPS', 0, 0],
    ['serializeImagePulls', false, false],
    ['registerNode', null, undefined],
    ['registerWithTaints', [{ key: 'a', value: '', effect: 'NoSchedule' }], [{ key: 'a', effect: 'NoSchedule' }]],
    ['reservedMemory', [{ numaNode: 0, limits: { memory: '1024Mi' } }], [{ numaNode: 0, limits: { memory: '1Gi' } }]],
    [
      'logging',
      { flushFrequency: '5000ms', options: { json: { splitStream: false, infoBufferSize: '1024Ki' } } },
      {
        flushFrequency: '5s',
        options: { json: { infoBufferSize: '1Mi' }, text: { infoBufferSize: '0' } },
        verbosity: 0,
      },
    ],
  ])('prints the user’s %s %j as %j', (name, given, printed) => {
    const made = configuration('1.36.2', withKubelet('1.36.2', { [name]: given }));
    expect(made[name]).toEqual(printed);
  });

  it('takes an empty resolvConf for a wish from 1.23 on, where its type is a pointer', () => {
    const wished = (minor: string) => 'resolvConf' in configuration(minor, withKubelet(minor, { resolvConf: '' }));
    expect(minors.filter(wished)).toEqual(between('1.23', newest));
  });

  it('finds the cluster’s DNS at the tenth address of the first service subnet', () => {
    const networking = { serviceSubnet: 'fd00:10:96::/112,10.96.0.0/16', dnsDomain: 'k8s.test' };
    const made = configuration(
      '1.36.2',
      initConfig('1.36.2', { cluster: { networking, certificatesDir: '/srv/pki' } }),
    );
    expect(made).toMatchObject({
      clusterDNS: ['fd00:10:96::a'],
      clusterDomain: 'k8s.test',
      authentication: { x509: { clientCAFile: '/srv/pki/ca.crt' } },
    });
  });

  it('takes docker’s cgroup driver in 1.19 and 1.20, systemd from 1.21 on', () => {
    const config = (minor: string) => initConfig(minor, { nodeRegistration: { criSocket: dockerSocket } });
    const driver = (minor: string) =>
      configuration(minor, config(minor), { dockerCgroupDriver: 'cgroupfs' })['cgroupDriver'];
    expect(minors.map(driver)).toEqual([
      undefined,
      'cgroupfs',
      'cgroupfs',
      ...between('1.21', newest).map(() => 'systemd'),
    ]);
    expect(configuration('1.20', initConfig('1.20'), { dockerCgroupDriver: 'systemd' })).not.toHaveProperty(
      'cgroupDriver',
    );
  });

  it('takes docker’s own driver over the user’s, as the kubelet could not start with another', () => {
    const kubelet = { object: { cgroupDriver: 'cgroupfs' }, userSupplied: true };
    const config = initConfig('1.20', { nodeRegistration: { criSocket: dockerSocket }, init: { kubelet } });
    expect(configuration('1.20', config, { dockerCgroupDriver: 'systemd' })['cgroupDriver']).toBe('systemd');
    expect(configuration('1.20', config)['cgroupDriver']).toBe('cgroupfs');
  });

  it('hands the gate IPv6DualStack on over the user’s own', () => {
    const kubelet = { object: { featureGates: { IPv6DualStack: false, Other: true } }, userSupplied: true };
    const config = initConfig('1.20', { cluster: { featureGates: { IPv6DualStack: true } }, init: { kubelet } });
    expect(configuration('1.20', config)['featureGates']).toEqual({ IPv6DualStack: true, Other: true });
  });

  it('hands the gate IPv6DualStack on in 1.20 to 1.23', () => {
    const config = (minor: string) => initConfig(minor, { cluster: { featureGates: { IPv6DualStack: true } } });
    expect(minors.filter((minor) => 'featureGates' in configuration(minor, config(minor)))).toEqual(
      between('1.20', '1.23'),
    );
  });
});

describe('what is the node’s own', () => {
  const shared = (minor: string) =>
    kubeletConfigMapConfiguration(initConfig(minor), release(minor), { systemdResolved: true });

  it('systemd-resolved’s servers: shared by all nodes from 1.19 to 1.30, the node’s alone from 1.31 on', () => {
    const resolved = { systemdResolved: true };
    expect(minors.filter((minor) => 'resolvConf' in shared(minor))).toEqual(between('1.19', '1.30'));
    const inFile = minors.filter((minor) => 'resolvConf' in configuration(minor, initConfig(minor), resolved));
    expect(inFile).toEqual(between('1.19', newest));
    const own = configuration('1.36.2', withKubelet('1.36.2', { resolvConf: '/etc/own.conf' }), resolved);
    expect(own['resolvConf']).toBe('/etc/own.conf');
    const none = configuration('1.36.2', withKubelet('1.36.2', { resolvConf: '' }), resolved);
    expect(none['resolvConf']).toBe('');
  });

  it('its socket in quotes, as kubeadm writes the file', () => {
    expect(instanceText({ containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock' })).toBe(
      'containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock"\n',
    );
  });

  it('its socket: in instance-config.yaml from 1.34 on', () => {
    const { nodeRegistration } = initConfig('1.36.2');
    const instance = (minor: string) => kubeletInstanceConfiguration(nodeRegistration, release(minor));
    expect(minors.filter((minor) => instance(minor) !== undefined)).toEqual(between('1.34', newest));
    expect(instance('1.36')).toEqual({ containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock' });
    expect(configuration('1.36')['containerRuntimeEndpoint']).toBe('unix:///run/containerd/containerd.sock');
    expect(configuration('1.33')['containerRuntimeEndpoint']).toBe('');
    expect(shared('1.36')['containerRuntimeEndpoint']).toBe('');
  });

  it('its socket stands over the user’s patch, all else of the patch stays (WriteConfigToDisk of kubeadm v1.36)', () => {
    const patch = {
      file: 'kubeletconfiguration.yaml',
      target: 'kubeletconfiguration',
      type: 'strategic',
      value: { containerRuntimeEndpoint: 'unix:///other.sock', maxPods: 64 },
    } as const;
    const patchedAt = (version: string) => configuration(version, initConfig(version), { patches: [patch] });
    const own = 'unix:///run/containerd/containerd.sock';
    expect(patchedAt('1.36.2')).toMatchObject({ containerRuntimeEndpoint: own, maxPods: 64 });
    expect(patchedAt('1.33')).toMatchObject({ containerRuntimeEndpoint: 'unix:///other.sock', maxPods: 64 });
  });

  it('docker’s cgroup driver on a joining node, whatever the cluster’s first node had', () => {
    const { nodeRegistration } = initConfig('1.20', { nodeRegistration: { criSocket: dockerSocket } });
    const docker = { socket: '/var/run/docker.sock', cgroupDriver: 'cgroupfs' } as Runtime;
    const host = kubeletHost({ systemdResolved: false, runtimes: [docker] });
    const node = { ...host, config: { nodeRegistration }, cluster: { featureGates: {} } };
    const stored = { cgroupDriver: 'systemd' };
    expect(joinKubeletConfiguration(stored, release('1.20'), node)['cgroupDriver']).toBe('cgroupfs');
    expect(joinKubeletConfiguration(stored, release('1.21'), node)['cgroupDriver']).toBe('systemd');
  });

  it('a joining node takes the cluster’s configuration and adds its own', () => {
    const { nodeRegistration } = initConfig('1.36.2', {
      nodeRegistration: { criSocket: 'unix:///var/run/crio/crio.sock' },
    });
    const node = { systemdResolved: true, config: { nodeRegistration }, cluster: { featureGates: {} } };
    const stored = { ...shared('1.36.2'), maxPods: 64 };
    expect(joinKubeletConfiguration(stored, release('1.36.2'), node)).toEqual({
      ...stored,
      containerRuntimeEndpoint: 'unix:///var/run/crio/crio.sock',
      resolvConf: '/run/systemd/resolve/resolv.conf',
    });
  });
});

describe('the kubelet’s unit', () => {
  it('restarts for ever and starts at boot', () => {
    expect(kubeletUnit).toMatch(/^Restart=always$/m);
    expect(kubeletUnit).toMatch(/^StartLimitInterval=0$/m);
    expect(kubeletUnit).toMatch(/^WantedBy=multi-user.target$/m);
  });

  it('takes the administrator’s arguments last, so that they win', () => {
    const start = kubeletDropIn.split('\n').filter((line) => line.startsWith('ExecStart='));
    expect(start).toEqual([
      'ExecStart=',
      'ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS',
    ]);
    expect(kubeletDropIn).toContain('EnvironmentFile=-/etc/sysconfig/kubelet');
  });
});
