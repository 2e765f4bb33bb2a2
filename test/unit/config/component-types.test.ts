import { describe, expect, it } from 'vitest';
import { typeProblems } from '../../../src/config/component-types.ts';
import { initRequest } from '../../../src/config/init.ts';
import { readConfigFile } from '../../../src/config/read.ts';
import { kubeProxyConfiguration } from '../../../src/manifests/kube-proxy-configuration.ts';
import { kubeletConfigMapConfiguration } from '../../../src/manifests/kubelet-configuration.ts';
import { parseYaml } from '../../../src/yaml.ts';
import { pathText } from '../../../src/yaml-place.ts';
import { initConfig, minors, release } from '../manifests/config.ts';
import { problemsOf } from '../problems.ts';

/** What is wrong with fields of a configuration, written as in a file. */
function refused(part: 'kubelet' | 'kubeProxy', text: string, version = '1.36'): readonly string[] {
  const { kubelet, addons } = release(version);
  const fields = part === 'kubelet' ? kubelet.fields : addons.kubeProxy.fields;
  const [document] = parseYaml(text, 'c.yaml');
  return typeProblems(document?.value, fields, document?.textOf).map(
    ({ path, message }) => `${pathText(path)}: ${message}`,
  );
}

describe('values of a component’s configuration', () => {
  it.each(minors)('that kinit itself fills in for v%s are of the right type', (minor) => {
    const config = initConfig(minor);
    const { kubelet, addons } = release(minor);
    const shared = kubeletConfigMapConfiguration(config, release(minor), { systemdResolved: true });
    expect(typeProblems(shared, kubelet.fields)).toEqual([]);
    expect(typeProblems(kubeProxyConfiguration(config, release(minor)), addons.kubeProxy.fields)).toEqual([]);
  });

  it.each([
    ['text for a whole number', 'maxPods: "110"', 'maxPods: has to be a whole number, not the text "110"'],
    ['a fraction', 'maxPods: 110.5', 'maxPods: has to be a whole number, not the number 110.5'],
    [
      'more than 32 bits',
      'maxPods: 2147483648',
      'maxPods: has to be a whole number from -2147483648 to 2147483647, not the number 2147483648',
    ],
    [
      'less than 32 bits',
      'healthzPort: -2147483649',
      'healthzPort: has to be a whole number from -2147483648 to 2147483647, not the number -2147483649',
    ],
    [
      'more than 64 bits',
      'podPidsLimit: 1e20',
      'podPidsLimit: has to be a whole number from -9223372036854775808 to 9223372036854775807, not the number 1e20',
    ],
    [
      'a negative count',
      'logging: {verbosity: -1}',
      'logging.verbosity: has to be a whole number from 0 to 4294967295, not the number -1',
    ],
    ['text for a list', 'clusterDNS: 10.96.0.10', 'clusterDNS: has to be a list, not the text "10.96.0.10"'],
    [
      'a number in a list of texts',
      'clusterDNS: [a, 1]',
      'clusterDNS[1]: has to be text, not the number 1: put it in quotes ("1")',
    ],
    [
      'text in a list of numbers',
      'tlsCurvePreferences: [X25519]',
      'tlsCurvePreferences[0]: has to be a whole number, not the text "X25519"',
    ],
    [
      'a number for text',
      'clusterDomain: 10',
      'clusterDomain: has to be text, not the number 10: put it in quotes ("10")',
    ],
    [
      'a number behind a pointer',
      'resolvConf: 5',
      'resolvConf: has to be text, not the number 5: put it in quotes ("5")',
    ],
    ['text for a switch', 'failSwapOn: "no"', 'failSwapOn: has to be true or false, not the text "no"'],
    ['a number for a switch', 'rotateCertificates: 1', 'rotateCertificates: has to be true or false, not the number 1'],
    [
      'a number for a duration',
      'nodeStatusUpdateFrequency: 10',
      'nodeStatusUpdateFrequency: has to be a duration such as 1m30s, not the number 10',
    ],
    [
      'a duration without a unit',
      'syncFrequency: "10"',
      'syncFrequency: has to be a duration such as 1m30s, not the text "10"',
    ],
    ['an empty duration', 'syncFrequency: ""', 'syncFrequency: has to be a duration such as 1m30s, not the text ""'],
    ['no duration at all', 'syncFrequency: null', 'syncFrequency: has to be a duration such as 1m30s, not null'],
    [
      'a duration beyond Go’s',
      'syncFrequency: 3000000h',
      'syncFrequency: has to be a duration such as 1m30s, not the text "3000000h"',
    ],
    ['text for a mapping', 'evictionHard: 5%', 'evictionHard: has to be a mapping, not the text "5%"'],
    [
      'a number in a mapping of texts',
      'systemReserved: {cpu: 1}',
      'systemReserved.cpu: has to be text, not the number 1: put it in quotes ("1")',
    ],
    [
      'text in feature gates',
      'featureGates: {A: "true"}',
      'featureGates.A: has to be true or false, not the text "true"',
    ],
    ['a list for a mapping', 'featureGates: [A]', 'featureGates: has to be a mapping, not a list'],
    [
      'text where a list of headers stands',
      'staticPodURLHeader: {Authorization: Basic c2VjcmV0}',
      'staticPodURLHeader.Authorization: has to be a list, not text',
    ],
    ['text for a structure', 'authorization: Webhook', 'authorization: has to be a mapping, not the text "Webhook"'],
    ['a list for a structure', 'tracing: []', 'tracing: has to be a mapping, not a list'],
    [
      'something deeper',
      'authentication: {webhook: {enabled: "yes"}}',
      'authentication.webhook.enabled: has to be true or false, not the text "yes"',
    ],
    [
      'something behind a pointer to a structure',
      'userNamespaces: {idsPerPod: many}',
      'userNamespaces.idsPerPod: has to be a whole number, not the text "many"',
    ],
    [
      'text for a number',
      'memoryThrottlingFactor: "0.8"',
      'memoryThrottlingFactor: has to be a number, not the text "0.8"',
    ],
    [
      'a quantity with a wrong suffix',
      'reservedMemory: [{numaNode: 0, limits: {memory: 1Kb}}]',
      'reservedMemory[0].limits.memory: has to be a quantity such as 500Mi, not the text "1Kb"',
    ],
    ['a mapping for a list', 'reservedMemory: {}', 'reservedMemory: has to be a list, not a mapping'],
    [
      'a number in a list of structures',
      'registerWithTaints: [5]',
      'registerWithTaints[0]: has to be a mapping, not the number 5',
    ],
    [
      'a date for a time',
      'registerWithTaints: [{key: a, timeAdded: 2030-01-31}]',
      'registerWithTaints[0].timeAdded: has to be a time such as 2030-01-31T12:00:00Z, not the text "2030-01-31"',
    ],
  ])('of the kubelet are refused: %s', (_what, text, problem) => {
    expect(refused('kubelet', text)).toEqual([problem]);
  });

  it.each([
    ['conntrack: {maxPerCore: many}', 'conntrack.maxPerCore: has to be a whole number, not the text "many"'],
    ['mode: [ipvs]', 'mode: has to be text, not a list'],
    ['clientConnection: {qps: "5"}', 'clientConnection.qps: has to be a number, not the text "5"'],
    ['clientConnection: {qps: 1e39}', 'clientConnection.qps: has to be a number, not the number 1e39'],
    ['ipvs: {strictARP: "true"}', 'ipvs.strictARP: has to be true or false, not the text "true"'],
    ['iptables: {syncPeriod: 30}', 'iptables.syncPeriod: has to be a duration such as 1m30s, not the number 30'],
    ['nftables: {masqueradeBit: 1.5}', 'nftables.masqueradeBit: has to be a whole number, not the number 1.5'],
    ['winkernel: {enableDSR: 0}', 'winkernel.enableDSR: has to be true or false, not the number 0'],
    ['detectLocal: eth', 'detectLocal: has to be a mapping, not the text "eth"'],
    ['nodePortAddresses: 127.0.0.0/8', 'nodePortAddresses: has to be a list, not the text "127.0.0.0/8"'],
  ])('of kube-proxy are refused: %s', (text, problem) => {
    expect(refused('kubeProxy', text)).toEqual([problem]);
  });

  it.each([
    'maxPods: 110.0',
    'maxPods: 0x10',
    'maxPods: null',
    'clusterDNS: [null]',
    'clusterDNS: null',
    'clusterDomain: 2020-01-01',
    'failSwapOn: no',
    'nodeStatusUpdateFrequency: -1.5h',
    'nodeStatusUpdateFrequency: "0"',
    'nodeStatusUpdateFrequency: 10µs',
    'nodeStatusUpdateFrequency: 10μs',
    'cpuCFSQuotaPeriod: null',
    'evictionHard: {memory.available: null, 1: a}',
    'featureGates: {A: null}',
    'staticPodURLHeader: {a: [b], c: null}',
    'authentication: {anonymous: null}',
    'tracing: null',
    'memoryThrottlingFactor: 1',
    'podPidsLimit: 1e18',
    'reservedMemory: [null, {numaNode: 0, limits: {memory: 1.5, a: 1Gi, b: "+1e3", c: " .5 ", d: null}}]',
    'registerWithTaints: [{key: a, timeAdded: 2030-01-31T12:00:00Z}]',
    'maxpods: "110"',
  ])('are taken as by kubeadm: %s', (text) => {
    expect(refused('kubelet', text)).toEqual([]);
  });

  it.each([
    ['1.22', 'seconds', []],
    ['1.23', '5s', ['logging.flushFrequency: has to be a whole number of nanoseconds, not the text "5s"']],
    ['1.27', '5000000000', []],
    ['1.28', '5s', []],
    ['1.28', '5000000000', []],
    ['1.28', '5', []],
    ['1.28', '"5"', ['logging.flushFrequency: has to be a duration such as 1m30s, not the text "5"']],
  ])('are what v%s takes: a flushFrequency of %s', (version, value, problems) => {
    expect(refused('kubelet', `logging: {flushFrequency: ${value}}`, version)).toEqual(problems);
  });

  it('are passed over where the version has no such field', () => {
    expect(refused('kubelet', 'memorySwap: 5', '1.21')).toEqual([]);
    expect(refused('kubelet', 'memorySwap: 5', '1.22')).toHaveLength(1);
    expect(refused('kubeProxy', 'udpIdleTimeout: 5', '1.25')).toHaveLength(1);
    expect(refused('kubeProxy', 'udpIdleTimeout: 5', '1.26')).toEqual([]);
  });

  it.each([false, true])('are refused together, with file and line (lenient: %s)', async (lenient) => {
    const text = `apiVersion: kubeadm.k8s.io/v1beta2
kind: ClusterConfiguration
kubernetesVersion: v1.20.2
networking:
  podSubnet: 10.244.0.0
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
maxPods: "110"
authentication:
  webhook:
    cacheTTL: 5
---
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: [ipvs]
`;
    const asked = readConfigFile(text, 'c.yaml', { lenient }).then((documents) =>
      initRequest({ documents, flags: {} }),
    );
    expect(await problemsOf(asked)).toEqual([
      expect.stringMatching(/^c\.yaml:5 networking\.podSubnet: /),
      'c.yaml:9 maxPods: has to be a whole number, not the text "110"',
      'c.yaml:12 authentication.webhook.cacheTTL: has to be a duration such as 1m30s, not the number 5',
      'c.yaml:16 mode: has to be text, not a list',
    ]);
  });

  it('are shown short, and never a bootstrap token', () => {
    expect(refused('kubelet', `maxPods: ${'a'.repeat(60)}`)).toEqual([
      `maxPods: has to be a whole number, not the text "${'a'.repeat(40)}..."`,
    ]);
    expect(refused('kubelet', `maxPods: a long text before abcdef.0123456789abcdef`)[0]).not.toContain('0123');
  });
});
