import { describe, expect, it } from 'vitest';
import type { Arg, ControlPlaneComponent, EnvVar, HostPathMount, InitConfig } from '../../../src/config/types.ts';
import { etcdPod } from '../../../src/manifests/etcd.ts';
import { bareHost, initConfig, localEtcd, noExtras, release } from './config.ts';
import { type Container, rendered } from './rendered.ts';

const withApiServer = (version: string, extras: Partial<ControlPlaneComponent>): InitConfig =>
  initConfig(version, { cluster: { apiServer: { ...noExtras, certSANs: [], ...extras } } });
const withController = (version: string, extras: Partial<ControlPlaneComponent>): InitConfig =>
  initConfig(version, { cluster: { controllerManager: { ...noExtras, ...extras } } });
const args = (...pairs: readonly (readonly [string, string])[]): Arg[] =>
  pairs.map(([name, value]) => ({ name, value }));

describe('the user’s extra arguments', () => {
  const issuers = args(
    ['service-account-issuer', 'https://b'],
    ['service-account-issuer', 'https://a'],
    ['zeal', '1'],
    ['audit-log-maxage', '30'],
  );
  const ofUser = (version: string) => {
    const { command } = rendered(version, 'kube-apiserver', withApiServer(version, { extraArgs: issuers })).container;
    return command.filter((arg) => /issuer|zeal|audit/.test(arg));
  };

  it.each(['1.18', '1.20.2', '1.30'])('%s: sorted among kubeadm’s, the last of a name wins', (version) => {
    expect(ofUser(version)).toEqual(['--audit-log-maxage=30', '--service-account-issuer=https://a', '--zeal=1']);
  });

  it.each(['1.31', '1.32.11', '1.33', '1.33.7', '1.34.3', '1.35.0'])('%s: all kept, everything sorted', (version) => {
    const sorted = [
      '--audit-log-maxage=30',
      '--service-account-issuer=https://a',
      '--service-account-issuer=https://b',
      '--zeal=1',
    ];
    expect(ofUser(version)).toEqual(sorted);
  });

  it.each(['1.32.12', '1.33.8', '1.34.4', '1.35.1', '1.36.2'])(
    '%s: behind kubeadm’s, in the user’s order',
    (version) => {
      const { command } = rendered(version, 'kube-apiserver', withApiServer(version, { extraArgs: issuers })).container;
      expect(command.slice(-4)).toEqual(issuers.map(({ name, value }) => `--${name}=${value}`));
      expect(command.filter((arg) => arg.includes('service-account-issuer'))).toHaveLength(2);
    },
  );
});

describe('authorization modes', () => {
  const mode = (version: string, ...extraArgs: readonly (readonly [string, string])[]) =>
    rendered(version, 'kube-apiserver', withApiServer(version, { extraArgs: args(...extraArgs) })).argument(
      'authorization-mode',
    );

  it.each([
    ['1.20.2', 'Webhook,RBAC', 'Webhook,RBAC'],
    ['1.20.2', 'Node,Unknown,RBAC', 'Node,RBAC'],
    ['1.20.2', 'Unknown', 'Node,RBAC'],
    ['1.36.2', 'Node,Unknown,RBAC', 'Node,Unknown,RBAC'],
  ])('%s takes %s as %s', (version, given, taken) => {
    expect(mode(version, ['authorization-mode', given])).toBe(taken);
  });

  it('give way to structured authorization from 1.30 on', () => {
    expect(mode('1.29', ['authorization-config', '/etc/authz.yaml'])).toBe('Node,RBAC');
    expect(mode('1.30', ['authorization-config', '/etc/authz.yaml'])).toBeUndefined();
  });
});

describe('the environment of a component', () => {
  const proxyEnvironment = new Map([
    ['no_proxy', '.test'],
    ['HTTPS_PROXY', 'http://p:1'],
    ['http_proxy', ''],
  ]);
  const env = (version: string, extraEnvs: readonly EnvVar[] = []) =>
    rendered(version, 'kube-apiserver', withApiServer(version, { extraEnvs }), { ...bareHost, proxyEnvironment })
      .container.env;

  it('holds the host’s proxies, without empty ones', () => {
    expect(env('1.20.2')).toEqual([
      { name: 'no_proxy', value: '.test' },
      { name: 'HTTPS_PROXY', value: 'http://p:1' },
    ]);
  });

  it('is sorted by name from 1.32 on', () => {
    expect(env('1.31')?.map(({ name }) => name)).toEqual(['no_proxy', 'HTTPS_PROXY']);
    expect(env('1.32')?.map(({ name }) => name)).toEqual(['HTTPS_PROXY', 'no_proxy']);
  });

  it('lets the user’s variables replace the host’s', () => {
    const valueFrom = { fieldRef: { apiVersion: 'v1', fieldPath: 'status.hostIP' } };
    expect(
      env('1.36.2', [
        { name: 'no_proxy', value: '*' },
        { name: 'IP', valueFrom },
      ]),
    ).toEqual([
      { name: 'HTTPS_PROXY', value: 'http://p:1' },
      { name: 'IP', valueFrom },
      { name: 'no_proxy', value: '*' },
    ]);
  });

  it('is no part of etcd’s pod, and absent where it would be empty', () => {
    const host = { ...bareHost, proxyEnvironment };
    expect(rendered('1.36.2', 'etcd', initConfig('1.36.2'), host).container).not.toHaveProperty('env');
    expect(rendered('1.36.2', 'kube-apiserver').container).not.toHaveProperty('env');
  });
});

describe('volumes', () => {
  const extra: HostPathMount = { name: 'audit', hostPath: '/var/log/audit', mountPath: '/audit' };

  it('of the user come by name, with the type that the user gives or none', () => {
    const { container, volumes } = rendered(
      '1.36.2',
      'kube-apiserver',
      withApiServer('1.36.2', { extraVolumes: [extra] }),
    );
    expect(volumes[0]).toEqual({ name: 'audit', hostPath: { path: '/var/log/audit', type: '' } });
    expect(container.volumeMounts[0]).toEqual({ name: 'audit', mountPath: '/audit' });
  });

  it('of the user replace kubeadm’s of the same name', () => {
    const extraVolumes = [{ ...extra, name: 'k8s-certs', readOnly: true, pathType: 'Directory' }];
    const { volumes } = rendered('1.36.2', 'kube-apiserver', withApiServer('1.36.2', { extraVolumes }));
    expect(volumes.filter(({ name }) => name === 'k8s-certs')).toEqual([
      { name: 'k8s-certs', hostPath: { path: '/var/log/audit', type: 'Directory' } },
    ]);
  });

  it('hold the CA directories that the host has, named by their path', () => {
    const host = { ...bareHost, caDirectories: ['/etc/pki/ca-trust', '/etc/pki/tls/certs', '/etc/pki'] };
    const names = rendered('1.36.2', 'kube-controller-manager', initConfig('1.36.2'), host).volumes.map(
      ({ name }) => name,
    );
    expect(names).toEqual(['ca-certs', 'etc-pki-ca-trust', 'etc-pki-tls-certs', 'k8s-certs', 'kubeconfig']);
    expect(rendered('1.36.2', 'kube-scheduler', initConfig('1.36.2'), host).volumes.map(({ name }) => name)).toEqual([
      'kubeconfig',
    ]);
  });

  it('ask RHEL for all of /etc/pki up to 1.30, for its two parts later', () => {
    expect(release('1.30').controlPlane.caDirectories).toContain('/etc/pki');
    expect(release('1.31').controlPlane.caDirectories).not.toContain('/etc/pki');
    expect(release('1.31').controlPlane.caDirectories).toContain('/etc/pki/tls/certs');
  });

  it('of an external etcd’s certificates leave out what is mounted anyway', () => {
    const etcdDirectories = (...files: readonly [string, string, string]) => {
      const [caFile, certFile, keyFile] = files;
      const external = { endpoints: ['https://192.0.2.21:2379'], caFile, certFile, keyFile };
      const pod = rendered('1.36.2', 'kube-apiserver', initConfig('1.36.2', { cluster: { etcd: { external } } }));
      return pod.volumes.filter(({ name }) => name.startsWith('etcd-certs-')).map(({ hostPath }) => hostPath.path);
    };
    expect(
      etcdDirectories('/etc/kubernetes/pki/etcd/ca.crt', '/etc/ssl/certs/c.crt', '/etc/pki/tls/certs/c.key'),
    ).toEqual([]);
    expect(etcdDirectories('/b/ca.crt', '/a/c.crt', '/c/c.key')).toEqual(['/a', '/b', '/c']);
    expect(etcdDirectories('', '', '')).toEqual([]);
  });

  it('follow the user’s flex volume directory', () => {
    const config = withController('1.35', { extraArgs: args(['flex-volume-plugin-dir', '/opt/plugins']) });
    const { volumes } = rendered('1.35', 'kube-controller-manager', config);
    expect(volumes.find(({ name }) => name === 'flexvolume-dir')?.hostPath.path).toBe('/opt/plugins');
  });
});

describe('probes', () => {
  it.each(['0.0.0.0', '::', ''])('leave the host open where a component listens on "%s"', (address) => {
    const config = withController('1.36.2', { extraArgs: args(['bind-address', address]) });
    const { httpGet } = rendered('1.36.2', 'kube-controller-manager', config).container.livenessProbe;
    expect(httpGet).toEqual({ path: '/healthz', port: 'probe-port', scheme: 'HTTPS' });
  });

  it.each([
    ['20m0s', 120],
    ['61s', 7],
    ['0s', undefined],
  ])('give a component %s to start: a threshold of %s', (controlPlaneComponentHealthCheck, threshold) => {
    const { timeouts } = initConfig('1.36.2');
    const config = initConfig('1.36.2', { init: { timeouts: { ...timeouts, controlPlaneComponentHealthCheck } } });
    const { startupProbe } = rendered('1.36.2', 'kube-apiserver', config).container;
    expect(startupProbe?.failureThreshold).toBe(threshold);
  });

  it.each([
    ['https://192.0.2.10:2382,http://127.0.0.1:2381', { host: '192.0.2.10', port: 2382, scheme: 'HTTPS' }],
    ['http://[::1]:9000', { host: '::1', port: 9000, scheme: 'HTTP' }],
    ['http://:1234', { host: '127.0.0.1', port: 1234, scheme: 'HTTP' }],
    ['http://10.0.0.1', { host: '10.0.0.1', port: 2381, scheme: 'HTTP' }],
    ['nonsense', { host: '127.0.0.1', port: 2381, scheme: 'HTTP' }],
    ['//x:1', { host: 'x', port: 1, scheme: 'HTTP' }],
    ['http://h:99999', { host: 'h', port: 2381, scheme: 'HTTP' }],
    ['', { host: '127.0.0.1', port: 2381, scheme: 'HTTP' }],
  ])('of etcd follow listen-metrics-urls=%s', (url, endpoint) => {
    const extraArgs = args(['listen-metrics-urls', url]);
    const { container } = rendered(
      '1.20.2',
      'etcd',
      initConfig('1.20.2', { cluster: { etcd: localEtcd({ extraArgs }) } }),
    );
    expect(container.livenessProbe.httpGet).toEqual({ path: '/health', ...endpoint });
  });
});

describe('kube-controller-manager', () => {
  it('signs nothing where the CA’s key is elsewhere', () => {
    const pod = rendered('1.36.2', 'kube-controller-manager', initConfig('1.36.2'), { ...bareHost, externalCa: true });
    expect(pod.argument('cluster-signing-cert-file')).toBe('');
    expect(pod.argument('cluster-signing-key-file')).toBe('');
    expect(pod.argument('root-ca-file')).toBe('/etc/kubernetes/pki/ca.crt');
  });

  it('hands out no pod addresses where there is no pod subnet', () => {
    const networking = { serviceSubnet: '10.96.0.0/12', dnsDomain: 'cluster.local' };
    const pod = rendered('1.19', 'kube-controller-manager', initConfig('1.19', { cluster: { networking } }));
    const names = ['allocate-node-cidrs', 'cluster-cidr', 'service-cluster-ip-range', 'node-cidr-mask-size'];
    expect(names.map(pod.argument)).toEqual([undefined, undefined, undefined, undefined]);
  });

  it.each([
    ['10.244.0.0/16', '24'],
    ['fd00::/48', '64'],
    ['fd00::/64', '80'],
    ['fd00::/112', '120'],
    ['fd00::/120', '120'],
  ])('of 1.19 divides %s into nodes of /%s', (podSubnet, size) => {
    const networking = { serviceSubnet: '10.96.0.0/12', podSubnet, dnsDomain: 'cluster.local' };
    const pod = rendered('1.19', 'kube-controller-manager', initConfig('1.19', { cluster: { networking } }));
    expect(pod.argument('node-cidr-mask-size')).toBe(size);
  });

  it.each([
    ['1.18', '10.244.0.0/16,fd00::/112', '24', '120'],
    ['1.19', 'fd00::/64,10.244.0.0/16', '24', '80'],
    ['1.19', 'fd00::/96', undefined, '112'],
    ['1.19', '10.244.0.0/16', '24', undefined],
    ['1.20', '10.244.0.0/16,fd00::/64', undefined, undefined],
  ])('of %s in dual stack divides %s into nodes of /%s and /%s', (version, podSubnet, ipv4, ipv6) => {
    const networking = { serviceSubnet: '10.96.0.0/12', podSubnet, dnsDomain: 'cluster.local' };
    const cluster = { networking, featureGates: { IPv6DualStack: true } };
    const pod = rendered(version, 'kube-controller-manager', initConfig(version, { cluster }));
    const names = ['node-cidr-mask-size', 'node-cidr-mask-size-ipv4', 'node-cidr-mask-size-ipv6'];
    expect(names.map(pod.argument)).toEqual([undefined, ipv4, ipv6]);
  });
});

describe('etcd', () => {
  it('joins the members that are there', () => {
    const initialCluster = [
      { name: 'cp0', peerURL: 'https://192.0.2.9:2380' },
      { name: 'cp1', peerURL: 'https://192.0.2.10:2380' },
    ];
    const pod = etcdPod(initConfig('1.36.2'), release('1.36.2'), { initialCluster });
    const { command } = (pod.spec['containers'] as Container[])[0]!;
    expect(command).toContain('--initial-cluster=cp0=https://192.0.2.9:2380,cp1=https://192.0.2.10:2380');
    expect(command).toContain('--initial-cluster-state=existing');
  });

  it('is asked by kube-apiserver where the user has it advertise itself', () => {
    const extraArgs = args(['advertise-client-urls', 'https://10.0.0.1:2379']);
    const config = initConfig('1.36.2', { cluster: { etcd: localEtcd({ extraArgs }) } });
    expect(rendered('1.36.2', 'kube-apiserver', config).argument('etcd-servers')).toBe('https://10.0.0.1:2379');
  });
});
