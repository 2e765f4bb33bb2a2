import { describe, expect, it } from 'vitest';
import { completeInit, initRequest } from '../../../src/config/init.ts';
import { anyNode } from '../../../src/config/node-facts.ts';
import { readConfigFile } from '../../../src/config/read.ts';
import type { InitConfig } from '../../../src/config/types.ts';
import { kubeProxyConfiguration } from '../../../src/manifests/kube-proxy-configuration.ts';
import { kubeletConfigMapConfiguration, kubeletConfiguration } from '../../../src/manifests/kubelet-configuration.ts';
import { parsePatches } from '../../../src/manifests/patches.ts';
import { releaseFor } from '../../../src/release/release.ts';
import { parseVersion } from '../../../src/release/version.ts';
import { problemsOf } from '../problems.ts';

const kubelet = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n';
const kubeProxy = 'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n';

interface Heard {
  readonly config: InitConfig;
  readonly warnings: readonly string[];
}

async function heard(document: string, version = 'v1.36.2', systemdResolved = false): Promise<Heard> {
  const cluster = `apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\nkubernetesVersion: ${version}\nnetworking: {podSubnet: 10.244.0.0/16}\n`;
  const api = version === 'v1.37.0' ? cluster.replace('v1beta3', 'v1beta4') : cluster;
  const documents = await readConfigFile(`${document}\n---\n${api}`, 'c.yaml');
  const warnings: string[] = [];
  const config = completeInit(initRequest({ documents, flags: {} }), {
    facts: { ...anyNode, systemdResolved },
    version: parseVersion(version),
    newToken: () => 'abcdef.0123456789abcdef',
    warn: (text) => warnings.push(text),
  });
  return { config, warnings };
}

const said = (kind: string, field: string, recommended: string, given: string) =>
  `The recommended value for "${field}" in "${kind}" is: ${recommended}; the provided value is: ${given}`;

describe('a value that kubeadm does not recommend', () => {
  it.each([
    ['clusterDNS: [10.0.0.10, 8.8.8.8]', 'clusterDNS', '[10.96.0.10]', '[10.0.0.10 8.8.8.8]'],
    ['clusterDNS: []', 'clusterDNS', '[10.96.0.10]', '[]'],
    ['clusterDomain: example.local', 'clusterDomain', 'cluster.local', 'example.local'],
    [
      'authentication: {x509: {clientCAFile: /a.crt}}',
      'authentication.x509.clientCAFile',
      '/etc/kubernetes/pki/ca.crt',
      '/a.crt',
    ],
    ['authentication: {anonymous: {enabled: true}}', 'authentication.anonymous.enabled', 'false', 'true'],
    ['authentication: {webhook: {enabled: false}}', 'authentication.webhook.enabled', 'true', 'false'],
    ['authorization: {mode: AlwaysAllow}', 'authorization.mode', 'Webhook', 'AlwaysAllow'],
    ['healthzBindAddress: 0.0.0.0', 'healthzBindAddress', '127.0.0.1', '0.0.0.0'],
    ['healthzPort: 10255', 'healthzPort', '10248', '10255'],
    ['readOnlyPort: 10255', 'readOnlyPort', '0', '10255'],
    [
      'staticPodPath: /etc/kubernetes/manifests/',
      'staticPodPath',
      '/etc/kubernetes/manifests',
      '/etc/kubernetes/manifests/',
    ],
  ])('of the kubelet is warned of in kubeadm’s words: %s', async (body, field, recommended, given) => {
    for (const version of ['v1.18.20', 'v1.20.2', 'v1.36.2']) {
      expect((await heard(`${kubelet}${body}\n`, version)).warnings).toEqual([
        said('KubeletConfiguration', field, recommended, given),
      ]);
    }
  });

  it.each([
    ['bindAddress: 10.0.0.1', 'bindAddress', '0.0.0.0', '10.0.0.1'],
    ['clusterCIDR: 10.1.0.0/16', 'clusterCIDR', '10.244.0.0/16', '10.1.0.0/16'],
    [
      'clientConnection: {kubeconfig: /a.conf}',
      'clientConnection.kubeconfig',
      '/var/lib/kube-proxy/kubeconfig.conf',
      '/a.conf',
    ],
  ])('of kube-proxy is warned of in kubeadm’s words: %s', async (body, field, recommended, given) => {
    expect((await heard(`${kubeProxy}${body}\n`)).warnings).toEqual([
      said('KubeProxyConfiguration', field, recommended, given),
    ]);
  });

  it('is told of resolvConf where systemd-resolved runs and kubeadm looks at it', async () => {
    const body = `${kubelet}resolvConf: /etc/resolv.conf\n`;
    const warning = said('KubeletConfiguration', 'resolvConf', '/run/systemd/resolve/resolv.conf', '/etc/resolv.conf');
    expect((await heard(body, 'v1.20.2', true)).warnings).toEqual([warning]);
    expect((await heard(body, 'v1.36.2', true)).warnings).toEqual([warning]);
    expect((await heard(body, 'v1.36.2', false)).warnings).toEqual([]);
    expect((await heard(body, 'v1.18.20', true)).warnings).toEqual([]);
  });

  it.each(['v1.20.2', 'v1.36.2'])('is none of those that kinit fills in itself for %s', async (version) => {
    const { config } = await heard(`${kubelet}---\n${kubeProxy}`, version);
    const release = releaseFor(parseVersion(version));
    const own = [
      kubeletConfigMapConfiguration(config, release, { systemdResolved: false }),
      kubeProxyConfiguration(config, release),
    ].map((document) => JSON.stringify(document));
    expect((await heard(own.join('\n---\n'), version)).warnings).toEqual([]);
  });

  it.each(['/etc/kubelet.d', '/etc/kubernetes/manifests2', 'manifests'])(
    'is an error where the kubelet would look for the control plane in %s',
    async (path) => {
      expect(await problemsOf(heard(`${kubelet}staticPodPath: ${path}\n`))).toEqual([
        `c.yaml:3 staticPodPath: is "${path}", but the control plane's pods are written to /etc/kubernetes/manifests, where this kubelet would not see them: leave it out`,
      ]);
    },
  );
});

describe('a place for static pods that is not kubeadm’s', () => {
  const init = (path: string) =>
    `apiVersion: kubeadm.k8s.io/v1beta3\nkind: InitConfiguration\nnodeRegistration: {kubeletExtraArgs: {pod-manifest-path: ${path}}}\n`;

  it('is an error among the kubelet’s arguments, too', async () => {
    expect(await problemsOf(heard(init('/etc/kubelet.d')))).toEqual([
      expect.stringMatching(/^c.yaml:3 nodeRegistration.kubeletExtraArgs.*: is "\/etc\/kubelet.d", but/),
    ]);
    expect(await problemsOf(heard(init('/etc/kubernetes/manifests/')))).toEqual([]);
  });

  it('is an error in a patch of the kubelet’s configuration, too', async () => {
    const { config } = await heard(kubelet);
    const release = releaseFor(parseVersion('v1.36.2'));
    const patched = (text: string) =>
      kubeletConfiguration(config, release, {
        systemdResolved: false,
        patches: parsePatches([{ name: 'kubeletconfiguration+merge.yaml', text }]),
      });
    expect(() => patched('staticPodPath: /etc/kubelet.d')).toThrow(
      'kubeletconfiguration+merge.yaml: staticPodPath is "/etc/kubelet.d", but',
    );
    expect(patched('maxPods: 20')).toMatchObject({ maxPods: 20 });
  });
});

describe('what stops kube-proxy', () => {
  it.each([
    ['v1.18.20', 'userspace', undefined],
    ['v1.26.0', 'userspace', /knows no mode "userspace" and does not start with it, only iptables, ipvs$/],
    ['v1.20.2', 'nftables', /knows no mode "nftables".*only iptables, ipvs, userspace/],
    ['v1.29.0', 'nftables', /nftables needs featureGates.NFTablesProxyMode: true in v1.29.0/],
    ['v1.31.0', 'nftables', undefined],
    ['v1.33.0', 'IPVS', /knows no mode "IPVS".*did you mean "ipvs"\?$/],
    ['v1.20.2', 'kernelspace', /knows no mode "kernelspace"/],
    ['v1.20.2', 'ipvs', undefined],
  ])('in %s of the mode %s is warned of: %s', async (version, mode, warning) => {
    const { warnings } = await heard(`${kubeProxy}mode: ${mode}\n`, version);
    expect(warnings).toEqual(warning === undefined ? [] : [expect.stringMatching(warning)]);
  });

  it('is no mode whose gate is on', async () => {
    const body = `${kubeProxy}mode: nftables\nfeatureGates: {NFTablesProxyMode: true}\n`;
    expect((await heard(body, 'v1.30.0')).warnings).toEqual([]);
  });

  it.each([
    ['v1.19.16', 0],
    ['v1.20.2', 1],
    ['v1.36.2', 1],
  ])('in %s of the gate SupportIPVSProxyMode is warned of %i times', async (version, count) => {
    const body = `${kubeProxy}mode: iptables\nfeatureGates: {SupportIPVSProxyMode: true}\n`;
    const { warnings } = await heard(body, version);
    expect(warnings).toHaveLength(count);
    for (const warning of warnings)
      expect(warning).toMatch(/SupportIPVSProxyMode: the gate went with v1.20.*take it out/);
  });
});
