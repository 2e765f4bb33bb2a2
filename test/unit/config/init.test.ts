import { describe, expect, it } from 'vitest';
import { completeInit, type InitRequest, initRequest } from '../../../src/config/init.ts';
import type { InitFlags } from '../../../src/config/init-flags.ts';
import type { NodeFacts } from '../../../src/config/node-facts.ts';
import { readConfigFile } from '../../../src/config/read.ts';
import type { InitConfig } from '../../../src/config/types.ts';
import { InputError } from '../../../src/errors.ts';
import { parseVersion } from '../../../src/release/version.ts';

const node: NodeFacts = {
  hostname: 'Node-1',
  defaultAddress: { v4: '10.0.0.5', v6: 'fd00::5' },
  addresses: [
    { interface: 'lo', address: '127.0.0.1' },
    { interface: 'eth0', address: '10.0.0.5' },
  ],
  runtime: { sockets: [] },
};

interface Asked {
  readonly flags?: InitFlags;
  readonly text?: string;
  readonly version?: string;
  readonly facts?: Partial<NodeFacts>;
}

async function requested({ flags = {}, text }: Asked): Promise<InitRequest> {
  return initRequest({ documents: text === undefined ? undefined : await readConfigFile(text, 'c.yaml'), flags });
}

async function completed(asked: Asked, warn: (message: string) => void = () => undefined): Promise<InitConfig> {
  const request = await requested(asked);
  const wished = request.version && 'exact' in request.version ? request.version.exact.text : 'v1.36.2';
  const version = parseVersion(asked.version ?? wished);
  return completeInit(request, {
    facts: { ...node, ...asked.facts },
    version,
    newToken: () => 'newtok.0123456789abcdef',
    warn,
  });
}

async function problems(asked: Asked): Promise<readonly string[]> {
  try {
    await completed(asked);
    return [];
  } catch (error) {
    if (error instanceof InputError) return error.problems.map(({ place, message }) => `${place}: ${message}`);
    throw error;
  }
}

const doc = (kind: string, body: string, version = 'v1beta4') =>
  `apiVersion: kubeadm.k8s.io/${version}\nkind: ${kind}\n${body}`;
const clusterDoc = (body: string) => doc('ClusterConfiguration', `kubernetesVersion: v1.36.2\n${body}`);
const initDoc = (body: string) => doc('InitConfiguration', body);

describe('what init completes', () => {
  it('has kubeadm defaults for everything that is not given', async () => {
    const config = await completed({ flags: { kubernetesVersion: 'v1.36.2' } });
    expect(config).toMatchObject({
      cluster: {
        kubernetesVersion: 'v1.36.2',
        clusterName: 'kubernetes',
        certificatesDir: '/etc/kubernetes/pki',
        imageRepository: 'registry.k8s.io',
        networking: { serviceSubnet: '10.96.0.0/12', dnsDomain: 'cluster.local' },
        etcd: { local: { dataDir: '/var/lib/etcd' } },
        encryptionAlgorithm: 'RSA-2048',
      },
      nodeRegistration: {
        name: 'node-1',
        criSocket: 'unix:///var/run/containerd/containerd.sock',
        imagePullPolicy: 'IfNotPresent',
        imagePullSerial: true,
      },
      localAPIEndpoint: { advertiseAddress: '10.0.0.5', bindPort: 6443 },
      bootstrapTokens: [{ token: 'newtok.0123456789abcdef', ttl: '24h0m0s', usages: ['signing', 'authentication'] }],
      timeouts: { controlPlaneComponentHealthCheck: '4m0s' },
      kubelet: { object: {}, userSupplied: false },
    });
    expect(config.cluster.controlPlaneEndpoint).toBeUndefined();
    expect(config.nodeRegistration.taints).toBeUndefined();
  });

  it('is frozen through and through', async () => {
    const config = await completed({ flags: {} });
    expect(Object.isFrozen(config.cluster.networking)).toBe(true);
    expect(Object.isFrozen(config.bootstrapTokens[0]?.usages)).toBe(true);
  });

  it('is the same from flags as from a file', async () => {
    const flags = {
      kubernetesVersion: 'v1.36.2',
      podNetworkCidr: '10.244.0.0/16',
      serviceCidr: '10.97.0.0/16',
      serviceDnsDomain: 'k8s.example',
      apiserverAdvertiseAddress: '10.0.0.9',
      apiserverBindPort: '7443',
      apiserverCertExtraSans: ['A.example,10.1.1.1'],
      controlPlaneEndpoint: 'cp.example',
      certDir: '/pki',
      imageRepository: 'mirror.example/k8s',
      nodeName: 'm1',
      criSocket: 'unix:///run/crio/crio.sock',
      token: 'abcdef.0123456789abcdef',
      tokenTtl: '0',
      skipPhases: ['addon/coredns'],
    };
    const text = `${initDoc(
      'localAPIEndpoint: {advertiseAddress: 10.0.0.9, bindPort: 7443}\nnodeRegistration: {name: m1, criSocket: "unix:///run/crio/crio.sock"}\nbootstrapTokens: [{token: abcdef.0123456789abcdef, ttl: "0"}]\nskipPhases: [addon/coredns]\n',
    )}---\n${clusterDoc(
      'networking: {podSubnet: 10.244.0.0/16, serviceSubnet: 10.97.0.0/16, dnsDomain: k8s.example}\napiServer: {certSANs: [A.example, 10.1.1.1]}\ncontrolPlaneEndpoint: cp.example\ncertificatesDir: /pki\nimageRepository: mirror.example/k8s\n',
    )}`;
    expect(await completed({ flags })).toEqual(await completed({ text }));
  });

  it.each([
    ['v1.18.20', 'k8s.gcr.io', '/var/run/dockershim.sock'],
    ['v1.20.2', 'k8s.gcr.io', '/var/run/dockershim.sock'],
    ['v1.23.0', 'k8s.gcr.io', '/var/run/dockershim.sock'],
    ['v1.24.0', 'k8s.gcr.io', 'unix:///var/run/containerd/containerd.sock'],
    ['v1.25.0', 'registry.k8s.io', 'unix:///var/run/containerd/containerd.sock'],
    ['v1.36.2', 'registry.k8s.io', 'unix:///var/run/containerd/containerd.sock'],
  ])('of %s takes images from %s and containers from %s', async (version, repository, socket) => {
    const { cluster, nodeRegistration } = await completed({ flags: {}, version });
    expect([cluster.imageRepository, nodeRegistration.criSocket]).toEqual([repository, socket]);
  });

  it.each([
    ['v1.36.2', ['/run/crio/crio.sock'], 'unix:///var/run/crio/crio.sock'],
    ['v1.36.2', ['/run/cri-dockerd.sock'], 'unix:///var/run/cri-dockerd.sock'],
    ['v1.36.2', ['/var/run/docker.sock'], 'unix:///var/run/containerd/containerd.sock'],
    ['v1.20.2', ['/run/containerd/containerd.sock'], '/run/containerd/containerd.sock'],
    ['v1.20.2', ['/run/docker.sock', '/run/containerd/containerd.sock'], '/var/run/dockershim.sock'],
    ['v1.20.2', ['/run/crio/crio.sock'], '/var/run/crio/crio.sock'],
  ])('of %s finds the runtime behind %j at %s', async (version, sockets, socket) => {
    const { nodeRegistration } = await completed({ flags: {}, version, facts: { runtime: { sockets } } });
    expect(nodeRegistration.criSocket).toBe(socket);
  });

  it('wants to be told which of several runtimes', async () => {
    const facts = { runtime: { sockets: ['/run/containerd/containerd.sock', '/run/crio/crio.sock'] } };
    expect(await problems({ flags: {}, facts })).toEqual([
      'nodeRegistration.criSocket: found several container runtimes, name one with --cri-socket: unix:///var/run/containerd/containerd.sock, unix:///var/run/crio/crio.sock',
    ]);
  });

  it('puts the scheme before a socket from v1.24 on, and says so', async () => {
    const heard: string[] = [];
    const flags = { criSocket: '/run/containerd/containerd.sock' };
    const { nodeRegistration } = await completed({ flags, version: 'v1.24.0' }, (text) => heard.push(text));
    expect(nodeRegistration.criSocket).toBe('unix:///run/containerd/containerd.sock');
    expect(heard.join()).toContain('no URL scheme');
    expect((await completed({ flags, version: 'v1.23.0' })).nodeRegistration.criSocket).toBe(
      '/run/containerd/containerd.sock',
    );
  });

  it.each([
    ['nothing', {}, {}, '10.0.0.5'],
    ['0.0.0.0', { apiserverAdvertiseAddress: '0.0.0.0' }, {}, '10.0.0.5'],
    ['::', { apiserverAdvertiseAddress: '::' }, {}, 'fd00::5'],
    ['an address', { apiserverAdvertiseAddress: '10.9.9.9' }, {}, '10.9.9.9'],
    ['an IPv6 service subnet', { serviceCidr: 'fd00:1::/112' }, {}, 'fd00::5'],
    ['nothing, on a host with IPv6 alone', {}, { defaultAddress: { v4: undefined, v6: 'fd00::5' } }, 'fd00::5'],
    [
      'loopback, whose interface has a global address',
      { apiserverAdvertiseAddress: '127.0.0.1' },
      { addresses: [{ interface: 'lo', address: '10.7.7.7' }] },
      '10.7.7.7',
    ],
  ])('advertises, given %s, the right address', async (_given, flags, facts, address) => {
    const { localAPIEndpoint } = await completed({ flags, facts });
    expect(localAPIEndpoint.advertiseAddress).toBe(address);
  });

  it('asks for an address where the host has no default route', async () => {
    const facts = { defaultAddress: { v4: undefined, v6: undefined } };
    expect((await problems({ flags: {}, facts })).join()).toContain('give --apiserver-advertise-address');
  });

  it('gives the endpoint the port of the API server', async () => {
    const at = async (endpoint: string, port = '6443') =>
      (await completed({ flags: { controlPlaneEndpoint: endpoint, apiserverBindPort: port } })).cluster
        .controlPlaneEndpoint;
    expect(await at('cp.example', '7443')).toBe('cp.example:7443');
    expect(await at('cp.example:8443')).toBe('cp.example:8443');
    expect(await at('fd00::1')).toBe('[fd00::1]:6443');
  });

  it('prints durations as Go does', async () => {
    const text = `${initDoc('bootstrapTokens: [{ttl: 90m}]\ntimeouts: {discovery: 1h}\n')}---\n${clusterDoc('certificateValidityPeriod: 4380h\n')}`;
    const config = await completed({ text });
    expect(config.bootstrapTokens[0]?.ttl).toBe('1h30m0s');
    expect(config.timeouts.discovery).toBe('1h0m0s');
    expect(config.cluster.certificateValidityPeriod).toBe('4380h0m0s');
  });

  it('does without the addons whose phases are skipped, and the other way round', async () => {
    const skipped = await completed({ flags: { skipPhases: ['addon'] } });
    expect([skipped.cluster.dns.disabled, skipped.cluster.proxy.disabled]).toEqual([true, true]);
    const disabled = await completed({ text: clusterDoc('proxy: {disabled: true}\n') });
    expect(disabled.skipPhases).toEqual(['addon/kube-proxy']);
  });

  it('waits for the control plane as long as v1beta3 said with the cluster', async () => {
    const text = doc(
      'ClusterConfiguration',
      'kubernetesVersion: v1.28.0\napiServer: {timeoutForControlPlane: 10m}\n',
      'v1beta3',
    );
    const config = await completed({ text });
    expect(config.timeouts.controlPlaneComponentHealthCheck).toBe('10m0s');
    expect(config.cluster.apiServer.timeoutForControlPlane).toBe('10m0s');
  });

  it('reads ECDSA from the old feature gate', async () => {
    const flags = { featureGates: 'PublicKeysECDSA=true' };
    expect((await completed({ flags, version: 'v1.28.0' })).cluster.encryptionAlgorithm).toBe('ECDSA-P256');
  });

  it('joins the checks to be ignored from flags and file, and lets --skip-phases win', async () => {
    const text = initDoc('skipPhases: [a]\nnodeRegistration: {ignorePreflightErrors: [Swap]}\n');
    const config = await completed({
      text,
      flags: { config: 'c.yaml', ignorePreflightErrors: ['NumCPU,Swap'], skipPhases: ['b'] },
    });
    expect(config.nodeRegistration.ignorePreflightErrors).toEqual(['Swap', 'NumCPU']);
    expect(config.skipPhases).toEqual(['b']);
  });

  it('keeps component configurations as the user wrote them', async () => {
    const text = `${clusterDoc('')}---\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nmaxPods: 5\nx: null\n`;
    const { kubelet, kubeProxy } = await completed({ text });
    expect(kubelet).toEqual({
      object: { apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration', maxPods: 5, x: null },
      userSupplied: true,
    });
    expect(kubeProxy.userSupplied).toBe(false);
  });
});

describe('the version', () => {
  it.each([
    ['v1.20.2', { exact: 'v1.20.2' }],
    ['1.20.2', { exact: 'v1.20.2' }],
    ['stable-1.30', { label: 'stable-1.30' }],
    ['ci/latest', { label: 'ci/latest' }],
  ])('%s is understood', async (kubernetesVersion, wish) => {
    const { version } = await requested({ flags: { kubernetesVersion } });
    expect(version && ('exact' in version ? { exact: version.exact.text } : version)).toEqual(wish);
  });

  it('is left open where nothing names it', async () => {
    expect((await requested({ flags: {} })).version).toBeUndefined();
  });

  it.each([
    ['1.30', /say v1.30.0 or the label stable-1.30/],
    ['v1.37.0', /kinit serves v1.18 to v1.36/],
    ['v1.17.9', /kinit serves v1.18 to v1.36/],
    ['!', /is not a Kubernetes version/],
  ])('%s is refused', async (kubernetesVersion, problem) => {
    expect((await problems({ flags: { kubernetesVersion } }))[0]).toMatch(problem);
    expect(
      (await problems({ text: doc('ClusterConfiguration', `kubernetesVersion: "${kubernetesVersion}"\n`) }))[0],
    ).toMatch(/^c.yaml:3 kubernetesVersion: /);
  });
});

describe('flags beside --config', () => {
  const text = clusterDoc('');

  it.each([
    [{ podNetworkCidr: '10.0.0.0/16' }, '--pod-network-cidr'],
    [{ token: 'abcdef.0123456789abcdef', certDir: '/a' }, '--cert-dir, --token'],
  ])('%j cannot be mixed with it', async (flags, named) => {
    expect(await problems({ text, flags: { config: 'c.yaml', ...flags } })).toEqual([
      `--config: cannot be mixed with ${named}: write it into the file`,
    ]);
  });

  it.each([
    { nodeName: 'x' },
    { dryRun: true },
    { ignorePreflightErrors: ['Swap'] },
    { skipPhases: ['addon'] },
    { uploadCerts: true },
    { host: ['a'] },
  ])('%j can', async (flags) => {
    expect(await problems({ text, flags: { config: 'c.yaml', ...flags } })).toEqual([]);
  });

  it.each([
    ['v1.21.14', 0],
    ['v1.22.0', 1],
  ])('--cri-socket is one of them up to v1.21: with %s %i problems', async (version, count) => {
    const old = doc('ClusterConfiguration', `kubernetesVersion: ${version}\n`, 'v1beta2');
    expect(await problems({ text: old, flags: { config: 'c.yaml', criSocket: '/run/a.sock' } })).toHaveLength(count);
  });

  it('wants InitConfiguration or ClusterConfiguration in the file', async () => {
    expect(await problems({ text: doc('ResetConfiguration', '') })).toEqual([
      'c.yaml: holds neither InitConfiguration nor ClusterConfiguration',
    ]);
  });
});

describe('what init refuses', () => {
  it.each<[string, string, RegExp]>([
    [
      'a service subnet that is none',
      'networking: {serviceSubnet: 10.96.0.0}\n',
      /^c.yaml:4 networking.serviceSubnet: "10.96.0.0" is not a subnet/,
    ],
    ['a service subnet that is too large', 'networking: {serviceSubnet: 10.0.0.0/11}\n', /too large: at most a \/12/],
    [
      'an IPv6 service subnet that is too large',
      'networking: {serviceSubnet: "fd00::/107"}\n',
      /too large: at most a \/108/,
    ],
    ['a service subnet that is too small', 'networking: {serviceSubnet: 10.96.0.0/29}\n', /too small/],
    [
      'two subnets of one family',
      'networking: {podSubnet: "10.1.0.0/16,10.2.0.0/16"}\n',
      /one of IPv4 and one of IPv6/,
    ],
    ['a pod subnet smaller than a node takes', 'networking: {podSubnet: 10.1.0.0/25}\n', /smaller than the \/24/],
    [
      'a pod subnet that is too large',
      'networking: {podSubnet: 12.0.0.0/7}\n',
      /too large for nodes of \/24: at most a \/8/,
    ],
    [
      'overlapping subnets',
      'networking: {podSubnet: 10.96.0.0/16}\n',
      /^c.yaml:4 networking.podSubnet: 10.96.0.0\/16 overlaps the service subnet 10.96.0.0\/12/,
    ],
    ['a domain that is none', 'networking: {dnsDomain: "a_b"}\n', /networking.dnsDomain/],
    ['an endpoint that is none', 'controlPlaneEndpoint: "http://a:1"\n', /controlPlaneEndpoint/],
    ['an endpoint with a port that is none', 'controlPlaneEndpoint: "a:70000"\n', /controlPlaneEndpoint/],
    [
      'a name in a certificate that is none',
      'apiServer: {certSANs: [ok.example, "b_d"]}\n',
      /^c.yaml:4 apiServer.certSANs\[1\]: "b_d"/,
    ],
    ['a relative directory', 'certificatesDir: pki\n', /"pki" is not an absolute path/],
    ['a repository that is none', 'imageRepository: "A B"\n', /is no image repository/],
    [
      'an argument without a name',
      'scheduler: {extraArgs: [{name: "", value: a}]}\n',
      /scheduler.extraArgs\[0\].name: an argument has to have a name/,
    ],
    ['an argument with its dashes', 'scheduler: {extraArgs: [{name: --v, value: a}]}\n', /write "v", without dashes/],
    ['an algorithm that is none', 'encryptionAlgorithm: RSA-1024\n', /is not one of RSA-2048/],
    ['certificates that are never valid', 'certificateValidityPeriod: 0s\n', /has to be longer than 0s/],
    [
      'both kinds of etcd',
      'etcd: {local: {}, external: {endpoints: ["https://a:1"]}}\n',
      /give local or external, not both/,
    ],
    ['external etcd without endpoints', 'etcd: {external: {}}\n', /at least one endpoint/],
    [
      'external etcd with half a pair',
      'etcd: {external: {endpoints: ["https://a:1"], caFile: /a, certFile: /b}}\n',
      /go together/,
    ],
    [
      'external etcd with certificates but no https',
      'etcd: {external: {endpoints: ["http://a:1"], caFile: /a}}\n',
      /has to be https/,
    ],
    [
      'a feature gate that was removed',
      'featureGates: {EtcdLearnerMode: true}\n',
      /it was there from v1.27 until v1.33/,
    ],
    [
      'a feature gate with a typing error',
      'featureGates: {nodelocalcrisocket: true}\n',
      /did you mean "NodeLocalCRISocket"/,
    ],
  ])('%s', async (_what, body, problem) => {
    const found = await problems({ text: clusterDoc(body) });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(problem);
  });

  it.each<[string, InitFlags, RegExp]>([
    ['a node name', { nodeName: 'a_b' }, /^--node-name: "a_b" is no node name/],
    ['a socket of another scheme', { criSocket: 'tcp://a' }, /^--cri-socket: only sockets of the scheme unix/],
    ['a socket that is no path', { criSocket: 'containerd' }, /^--cri-socket: "containerd" is not the absolute path/],
    ['an address', { apiserverAdvertiseAddress: 'a' }, /^--apiserver-advertise-address: "a" is not an IP address/],
    ['an address that nobody reaches', { apiserverAdvertiseAddress: '169.254.1.1' }, /cannot be advertised/],
    ['a port', { apiserverBindPort: '0' }, /^--apiserver-bind-port/],
    ['a token', { token: 'secret' }, /^--token: is not a token/],
    ['a lifetime', { tokenTtl: '1d' }, /^--token-ttl: "1d" is not a duration/],
    ['a key', { certificateKey: 'abc' }, /^--certificate-key: is not a key of 64 hexadecimal digits/],
    [
      '"all" with others',
      { ignorePreflightErrors: ['all', 'Swap'] },
      /^--ignore-preflight-errors: "all" stands for every check/,
    ],
    ['gates', { featureGates: 'A' }, /^--feature-gates: "A" is not NAME=true/],
    ['extra arguments', { apiserverExtraArgs: 'a' }, /^--apiserver-extra-args: "a" is not name=value/],
    ['a subnet', { podNetworkCidr: '10.244.0.0' }, /^--pod-network-cidr: "10.244.0.0" is not a subnet/],
  ])('%s that is none, by its flag', async (_what, flags, problem) => {
    expect((await problems({ flags }))[0]).toMatch(problem);
  });

  it.each<[string, string, RegExp]>([
    ['token', 'bootstrapTokens: [{token: SECRET}]\n', /^c.yaml:3 bootstrapTokens\[0\].token: is not a token/],
    ['usage', 'bootstrapTokens: [{usages: [sign]}]\n', /"sign" is not signing or authentication/],
    ['group', 'bootstrapTokens: [{groups: [system:masters]}]\n', /has to start with system:bootstrappers:/],
    [
      'group without authentication',
      'bootstrapTokens: [{usages: [signing]}]\n',
      /groups need the usage authentication/,
    ],
    [
      'two ends of one token',
      'bootstrapTokens: [{ttl: 1h, expires: "2030-01-01T00:00:00Z"}]\n',
      /give ttl or expires, not both/,
    ],
    ['pull policy', 'nodeRegistration: {imagePullPolicy: Sometimes}\n', /Always, IfNotPresent or Never/],
    ['port', 'localAPIEndpoint: {bindPort: 70000}\n', /localAPIEndpoint.bindPort: 70000 is not a port/],
  ])('a %s that is none, by its line', async (_what, body, problem) => {
    expect((await problems({ text: initDoc(body) }))[0]).toMatch(problem);
  });

  it('tells everything at once', async () => {
    const flags = { kubernetesVersion: 'v1.36.2', nodeName: '_', podNetworkCidr: 'x', token: 'x' };
    expect((await problems({ flags })).map((problem) => problem.split(':')[0])).toEqual([
      '--pod-network-cidr',
      '--node-name',
      '--token',
    ]);
  });

  it('checks everything before any host is asked, where the version is known', async () => {
    await expect(requested({ text: clusterDoc('certificatesDir: pki\n') })).rejects.toThrow(InputError);
  });

  it.each(['10.0.0.0/8', '10.244.0.0/24', 'fd00:1::/48', '10.244.0.0/16,fd00:1::/56'])(
    'but takes the pod subnet %s',
    async (podNetworkCidr) => {
      expect(await problems({ flags: { podNetworkCidr, serviceCidr: '192.168.0.0/16' } })).toEqual([]);
    },
  );

  it('goes by the mask that the controller manager is told', async () => {
    const args = (name: string) =>
      `controllerManager: {extraArgs: [{name: ${name}, value: "26"}]}\nnetworking: {podSubnet: 10.1.0.0/25}\n`;
    expect(await problems({ text: clusterDoc(args('node-cidr-mask-size-ipv4')) })).toEqual([]);
    expect(await problems({ text: clusterDoc(args('node-cidr-mask-size')) })).toHaveLength(1);
    const off =
      'controllerManager: {extraArgs: [{name: allocate-node-cidrs, value: "false"}]}\nnetworking: {podSubnet: 10.1.0.0/25}\n';
    expect(await problems({ text: clusterDoc(off) })).toEqual([]);
  });
});
