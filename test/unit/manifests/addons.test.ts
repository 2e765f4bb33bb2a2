import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/kube/client.ts';
import { coreDnsObjects } from '../../../src/manifests/coredns.ts';
import { kubeProxyObjects } from '../../../src/manifests/kube-proxy.ts';
import { kubeProxyConfiguration } from '../../../src/manifests/kube-proxy-configuration.ts';
import type { Patch } from '../../../src/manifests/patches.ts';
import { toYaml } from '../../../src/yaml.ts';
import { between, type ConfigOverrides, initConfig, minors, newest, release } from './config.ts';

const controlPlane = 'node-role.kubernetes.io/control-plane';
const master = 'node-role.kubernetes.io/master';
const noProxy = { proxyEnvironment: new Map<string, string>() };

function coreDns(version: string, overrides: ConfigOverrides = {}, options = {}): readonly KubeObject[] {
  return coreDnsObjects(initConfig(version, overrides), release(version), options);
}

function kubeProxy(version: string, overrides: ConfigOverrides = {}, environment = noProxy): readonly KubeObject[] {
  return kubeProxyObjects(initConfig(version, overrides), release(version), environment);
}

function proxyConfiguration(version: string, overrides: ConfigOverrides = {}) {
  return kubeProxyConfiguration(initConfig(version, overrides), release(version));
}

function one(objects: readonly KubeObject[], kind: string): KubeObject {
  return objects.find((object) => object.kind === kind)!;
}

const yaml = (objects: readonly KubeObject[], kind: string) => toYaml(one(objects, kind));

/** A feature of what is rendered, and in which minors it is there. */
interface Feature {
  readonly feature: string;
  readonly minors: readonly string[];
  readonly holds: (version: string) => boolean;
}

const coreDnsFeatures: readonly Feature[] = [
  {
    feature: 'the Service is called KubeDNS',
    minors: between('1.18', '1.20'),
    holds: (version) => yaml(coreDns(version), 'Service').includes('kubernetes.io/name: KubeDNS'),
  },
  {
    feature: 'the Service is called CoreDNS',
    minors: between('1.21', newest),
    holds: (version) => yaml(coreDns(version), 'Service').includes('kubernetes.io/name: CoreDNS'),
  },
  {
    feature: "the pods tolerate the taint 'master'",
    minors: between('1.18', '1.25'),
    holds: (version) => yaml(coreDns(version), 'Deployment').includes(`key: ${master}`),
  },
  {
    feature: "the pods tolerate the taint 'control-plane'",
    minors: between('1.20', newest),
    holds: (version) => yaml(coreDns(version), 'Deployment').includes(`key: ${controlPlane}`),
  },
  {
    feature: 'the pods prefer different nodes',
    minors: between('1.25', newest),
    holds: (version) => yaml(coreDns(version), 'Deployment').includes('podAntiAffinity'),
  },
  {
    feature: 'the probes go to named ports',
    minors: between('1.34', newest),
    holds: (version) => yaml(coreDns(version), 'Deployment').includes('port: readiness-probe'),
  },
  {
    feature: 'capabilities are dropped as ALL',
    minors: between('1.29', newest),
    holds: (version) => yaml(coreDns(version), 'Deployment').includes('- ALL\n'),
  },
  {
    feature: 'CoreDNS may get nodes',
    minors: between('1.18', '1.27'),
    holds: (version) => yaml(coreDns(version), 'ClusterRole').includes('- nodes\n'),
  },
  {
    feature: 'CoreDNS reads EndpointSlices',
    minors: between('1.22', newest),
    holds: (version) => yaml(coreDns(version), 'ClusterRole').includes('- endpointslices\n'),
  },
  {
    feature: 'forwarding is limited',
    minors: between('1.19', newest),
    holds: (version) => yaml(coreDns(version), 'ConfigMap').includes('max_concurrent 1000'),
  },
  {
    feature: "the cluster's own zone is not cached",
    minors: between('1.32', newest),
    holds: (version) => yaml(coreDns(version), 'ConfigMap').includes('disable success cluster.local'),
  },
];

const kubeProxyFeatures: readonly Feature[] = [
  {
    feature: 'the pods tolerate CriticalAddonsOnly by name',
    minors: between('1.18', '1.21'),
    holds: (version) => yaml(kubeProxy(version), 'DaemonSet').includes('key: CriticalAddonsOnly'),
  },
  {
    feature: 'the ConfigMap comes first',
    minors: between('1.25', newest),
    holds: (version) => kubeProxy(version)[0]?.kind === 'ConfigMap',
  },
  {
    feature: 'a generated configuration carries its hash',
    minors: between('1.19', newest),
    holds: (version) => yaml(kubeProxy(version), 'ConfigMap').includes('component-config.hash: sha256:'),
  },
  ...(
    [
      ['bindAddressHardFail', between('1.19', newest)],
      ['detectLocal', between('1.24', newest)],
      ['logging', between('1.28', newest)],
      ['nftables', between('1.29', newest)],
      ['udpIdleTimeout', between('1.18', '1.25')],
      ['windowsRunAsService', []],
      ['featureGates', []],
    ] as const
  ).map(([field, minors]) => ({
    feature: `KubeProxyConfiguration has ${field}`,
    minors,
    holds: (version: string) => proxyConfiguration(version)[field] !== undefined,
  })),
  {
    feature: 'logging has options for text',
    minors: between('1.30', newest),
    holds: (version) => toYaml(proxyConfiguration(version)['logging'] ?? {}).includes('text:'),
  },
  {
    feature: 'conntrack has tcpBeLiberal',
    minors: between('1.29', newest),
    holds: (version) => toYaml(proxyConfiguration(version)['conntrack']).includes('tcpBeLiberal: false'),
  },
  {
    feature: 'iptables has localhostNodePorts',
    minors: between('1.26', newest),
    holds: (version) => toYaml(proxyConfiguration(version)['iptables']).includes('localhostNodePorts: null'),
  },
];

describe.each([...coreDnsFeatures, ...kubeProxyFeatures])('$feature', ({ minors: expected, holds }) => {
  test.each(minors)('in %s as its kubeadm has it', (version) => {
    expect(holds(version)).toBe(expected.includes(version));
  });
});

describe.each(['1.20.2', '1.36.2'])('the addons of %s', (version) => {
  test('are what kubeadm creates, in its order', async () => {
    const objects = [...coreDns(version), ...kubeProxy(version)];
    await expect(objects.map((object) => toYaml(object)).join('---\n')).toMatchFileSnapshot(
      `__snapshots__/addons-${version}.yaml`,
    );
  });
});

describe('CoreDNS', () => {
  test.each([
    ['10.96.0.0/12', '10.96.0.10'],
    ['192.168.7.0/24', '192.168.7.10'],
    ['fd00:10::/108', 'fd00:10::a'],
    ['10.96.0.0/16,fd00:10::/108', '10.96.0.10'],
  ])('answers at the tenth address of %s', (serviceSubnet, address) => {
    const objects = coreDns('1.36', { cluster: { networking: { serviceSubnet, dnsDomain: 'cluster.local' } } });
    expect(one(objects, 'Service')['spec']).toMatchObject({ clusterIP: address });
  });

  test('serves the domain of the configuration', () => {
    const networking = { serviceSubnet: '10.96.0.0/12', dnsDomain: 'corp.example' };
    const text = yaml(coreDns('1.36', { cluster: { networking } }), 'ConfigMap');
    expect(text).toContain('kubernetes corp.example in-addr.arpa ip6.arpa {');
    expect(text).toContain('disable denial corp.example');
  });

  test('keeps the number of replicas that an upgrade found', () => {
    expect(one(coreDns('1.36', {}, { replicas: 5 }), 'Deployment')['spec']).toMatchObject({ replicas: 5 });
  });

  const patches: readonly Patch[] = [
    {
      target: 'corednsdeployment',
      type: 'merge',
      file: 'corednsdeployment+merge.yaml',
      value: { spec: { replicas: 3 } },
    },
  ];

  test.each(minors)('of %s takes patches where kubeadm knows the target', (version) => {
    const { replicas } = one(coreDns(version, {}, { patches }), 'Deployment')['spec'] as { replicas: number };
    expect(replicas).toBe(between('1.31', newest).includes(version) ? 3 : 2);
  });
});

describe('kube-proxy', () => {
  test.each(minors)('of %s has the mode iptables written out from 1.37 on where the user names none', (version) => {
    const mode = between('1.37', newest).includes(version) ? 'iptables' : '';
    expect(proxyConfiguration(version)).toMatchObject({ mode });
    const kubeProxy = { object: { mode: 'nftables' }, userSupplied: true };
    expect(proxyConfiguration(version, { init: { kubeProxy } })).toMatchObject({ mode: 'nftables' });
  });

  test.each(minors)('of %s takes patches where kubeadm knows the target', (version) => {
    const value = {
      spec: { template: { spec: { containers: [{ name: 'kube-proxy', env: [{ name: 'A', value: 'b' }] }] } } },
    };
    const patches: readonly Patch[] = [
      { target: 'kubeproxydaemonset', type: 'strategic', file: 'kubeproxydaemonset.yaml', value },
    ];
    const objects = kubeProxyObjects(initConfig(version), release(version), { ...noProxy, patches });
    const text = yaml(objects, 'DaemonSet');
    expect(text.includes('name: A')).toBe(between('1.37', newest).includes(version));
    expect(text).toContain('fieldPath: spec.nodeName');
  });

  test('binds to every address of the family of the advertised one', () => {
    const localAPIEndpoint = { advertiseAddress: '2001:db8::10', bindPort: 6443 };
    expect(proxyConfiguration('1.36', { init: { localAPIEndpoint } })).toMatchObject({ bindAddress: '::' });
    expect(proxyConfiguration('1.36')).toMatchObject({ bindAddress: '0.0.0.0', clusterCIDR: '10.244.0.0/16' });
  });

  test('leaves clusterCIDR empty without a pod subnet', () => {
    const networking = { serviceSubnet: '10.96.0.0/12', dnsDomain: 'cluster.local' };
    expect(proxyConfiguration('1.36', { cluster: { networking } })).toMatchObject({ clusterCIDR: '' });
  });

  test("keeps the user's values, prints their durations as Go does and leaves nulls unset", () => {
    const object = {
      mode: 'ipvs',
      bindAddress: '127.0.0.1',
      featureGates: { SomeGate: true },
      ipvs: { syncPeriod: '90s', excludeCIDRs: ['10.0.0.0/8'] },
      conntrack: { tcpEstablishedTimeout: '24h', min: null },
      iptables: null,
      somethingNew: { kept: true },
    };
    const kubeProxy = { object, userSupplied: true };
    const result = proxyConfiguration('1.36', { init: { kubeProxy } });
    expect(result).toMatchObject({
      mode: 'ipvs',
      bindAddress: '127.0.0.1',
      featureGates: { SomeGate: true },
      conntrack: { tcpEstablishedTimeout: '24h0m0s', min: null, maxPerCore: null },
      iptables: { masqueradeAll: false },
      somethingNew: { kept: true },
    });
    expect(result['ipvs']).toMatchObject({ syncPeriod: '1m30s', excludeCIDRs: ['10.0.0.0/8'], strictARP: false });
  });

  test.each([
    [{ windowsRunAsService: false }, {}],
    [{ windowsRunAsService: true }, { windowsRunAsService: true }],
    [{ nodePortAddresses: [] }, { nodePortAddresses: [] }],
    [{ ipvs: { excludeCIDRs: [] } }, { ipvs: expect.objectContaining({ excludeCIDRs: [] }) as object }],
    [
      { logging: { format: '', flushFrequency: '5000ms', vmodule: [], options: { json: { splitStream: false } } } },
      {
        logging: {
          flushFrequency: '5s',
          options: { json: { infoBufferSize: '0' }, text: { infoBufferSize: '0' } },
          verbosity: 0,
        },
      },
    ],
  ])('prints %j of the user as Go prints it: %j', (object, printed) => {
    const made = proxyConfiguration('1.36.2', { init: { kubeProxy: { object, userSupplied: true } } });
    expect(made).toEqual({ ...proxyConfiguration('1.36.2'), ...printed });
  });

  test('hears of dual stack where kubeadm had a gate for it', () => {
    const featureGates = { IPv6DualStack: true };
    expect(proxyConfiguration('1.20', { cluster: { featureGates } })).toMatchObject({ featureGates });
  });

  test("carries no hash beside the user's own configuration", () => {
    const kubeProxyOfUser = { object: { mode: 'ipvs' }, userSupplied: true };
    const { metadata } = one(kubeProxy('1.36', { init: { kubeProxy: kubeProxyOfUser } }), 'ConfigMap');
    expect(metadata.annotations).toBeUndefined();
  });

  test.each([
    ['the control-plane endpoint', 'cp.example.test:8443', 'https://cp.example.test:8443'],
    ["its host at the API server's port", 'cp.example.test', 'https://cp.example.test:6443'],
    ['an IPv6 endpoint', '[2001:db8::1]:6443', 'https://[2001:db8::1]:6443'],
    ['this API server without one', undefined, 'https://192.0.2.10:6443'],
  ])('talks to %s', (_, endpoint, server) => {
    const cluster = endpoint === undefined ? {} : { controlPlaneEndpoint: endpoint };
    expect(yaml(kubeProxy('1.36', { cluster }), 'ConfigMap')).toContain(`server: ${server}\n`);
  });

  test("gets the host's proxy variables, sorted from 1.32 on", () => {
    const proxyEnvironment = new Map([
      ['https_proxy', 'http://proxy:3128'],
      ['NO_PROXY', '10.0.0.0/8'],
    ]);
    const namesAt = (version: string) =>
      [...yaml(kubeProxy(version, {}, { proxyEnvironment }), 'DaemonSet').matchAll(/name: (\w+_proxy)/gi)].map(
        (m) => m[1],
      );
    expect(namesAt('1.31')).toEqual(['https_proxy', 'NO_PROXY']);
    expect(namesAt('1.32')).toEqual(['NO_PROXY', 'https_proxy']);
  });
});
