import { describe, expect, it } from 'vitest';
import { completeInit, initRequest } from '../../../src/config/init.ts';
import { joinRequest } from '../../../src/config/join.ts';
import { anyNode } from '../../../src/config/node-facts.ts';
import { readConfigFile } from '../../../src/config/read.ts';
import { parseVersion } from '../../../src/release/version.ts';
import { problemsOf } from '../problems.ts';

const cluster = (version: string, body: string) =>
  `apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: ${version}\n${body}\n`;
const read = async (text: string) => initRequest({ documents: await readConfigFile(text, 'c.yaml'), flags: {} });
const problems = async (text: string) => (await problemsOf(read(text))).join('\n');
const args = (part: string, name: string, value = '') => `${part}: {extraArgs: [{name: ${name}, value: "${value}"}]}`;

describe('an argument that a component no longer has', () => {
  it.each([
    [
      'v1.37.0',
      args('controllerManager', 'concurrent-service-syncs', '5'),
      /concurrent-service-syncs" went with Kubernetes v1\.37.*take it out/,
    ],
    [
      'v1.27.0',
      args('controllerManager', 'pod-eviction-timeout', '1m'),
      /pod-eviction-timeout" went with Kubernetes v1\.27/,
    ],
    ['v1.24.0', args('controllerManager', 'port', '0'), /"port" went with Kubernetes v1\.24.*write secure-port/],
    ['v1.24.0', args('apiServer', 'insecure-port', '0'), /insecure-port" went with Kubernetes v1\.24/],
    [
      'v1.23.0',
      args('scheduler', 'policy-config-file', '/p'),
      /policy-config-file" went with Kubernetes v1\.23.*write config/,
    ],
    [
      'v1.37.0',
      `etcd: {local: ${args('', 'experimental-compaction-batch-limit', '9').slice(2)}}`,
      /went with etcd 3\.7.*write compaction-batch-limit/,
    ],
    [
      'v1.37.0',
      `etcd: {local: ${args('', 'experimental-initial-corrupt-check', 'true').slice(2)}}`,
      /etcd 3\.7.*write feature-gates: InitialCorruptCheck=true/,
    ],
    ['v1.34.0', `etcd: {local: ${args('', 'enable-v2', 'true').slice(2)}}`, /enable-v2" went with etcd 3\.6/],
    [
      'v1.36.3',
      `etcd: {local: {imageTag: 3.7.0-0, ${args('', 'experimental-memory-mlock', 'true').slice(3)}}`,
      /went with etcd 3\.7.*write memory-mlock/,
    ],
  ])('is refused for %s: %s', async (version, body, message) => {
    expect(await problems(cluster(version, body))).toMatch(message);
  });

  it.each([
    ['v1.36.3', args('controllerManager', 'concurrent-service-syncs', '5')],
    ['v1.23.0', args('apiServer', 'insecure-port', '0')],
    ['v1.36.3', `etcd: {local: ${args('', 'experimental-compaction-batch-limit', '9').slice(2)}}`],
    ['v1.37.0', `etcd: {local: {imageTag: 3.6.11-0, ${args('', 'experimental-memory-mlock', 'true').slice(3)}}`],
    ['v1.37.0', args('controllerManager', 'concurrent-disruption-syncs', '5')],
  ])('passes for %s, which has it: %s', async (version, body) => {
    expect(await problems(cluster(version, body))).toBe('');
  });

  it('is refused of a kubelet too, once the version of the cluster is known', async () => {
    const init =
      'apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nnodeRegistration: {kubeletExtraArgs: [{name: container_hints, value: /h}]}\n';
    expect(await problems(`${init}---\n${cluster('v1.37.0', '')}`)).toMatch(
      /container_hints" went with Kubernetes v1\.37/,
    );
    const join =
      'apiVersion: kubeadm.k8s.io/v1beta3\nkind: JoinConfiguration\ndiscovery: {file: {kubeConfigPath: /a}}\nnodeRegistration: {kubeletExtraArgs: {network-plugin: cni}}\n';
    expect(joinRequest({ documents: await readConfigFile(join, 'j.yaml'), flags: {} })).toBeDefined();
  });
});

describe('a feature gate that the components no longer have', () => {
  const kubelet =
    'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nfeatureGates: {SidecarContainers: true}\n';
  const proxy =
    'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nfeatureGates: {AnyVolumeDataSource: true}\n';

  it.each([
    ['an argument', cluster('v1.37.0', args('apiServer', 'feature-gates', 'A=true,SidecarContainers=true'))],
    ['the kubelet’s configuration', `${cluster('v1.37.0', '')}---\n${kubelet}`],
    ['kube-proxy’s configuration', `${cluster('v1.37.0', '')}---\n${proxy}`],
  ])('is refused in %s', async (_where, text) => {
    expect(await problems(text)).toMatch(/(SidecarContainers|AnyVolumeDataSource)" went with v1\.37/);
  });

  it('passes where they have it', async () => {
    expect(await problems(`${cluster('v1.36.3', '')}---\n${kubelet}`)).toBe('');
  });
});

describe('kube-proxy’s mode', () => {
  const text = (version: string, mode: string) =>
    `${cluster(version, '')}---\napiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: ${mode}\n`;

  it.each([
    ['v1.37.0', 'ipvs', [expect.stringContaining('"ipvs" is deprecated')]],
    ['v1.37.0', 'nftables', []],
    ['v1.36.3', 'ipvs', []],
  ])('of %s is warned of where it is going away: %s', async (version, mode, expected) => {
    const warnings: string[] = [];
    const request = await read(text(version, mode));
    const given = { facts: anyNode, version: parseVersion(version), newToken: () => 'abcdef.0123456789abcdef' };
    completeInit(request, { ...given, warn: (message) => warnings.push(message) });
    expect(warnings).toEqual(expected);
  });
});
