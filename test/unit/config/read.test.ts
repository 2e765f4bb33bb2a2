import { describe, expect, it } from 'vitest';
import { completeInit, initRequest } from '../../../src/config/init.ts';
import { anyNode } from '../../../src/config/node-facts.ts';
import { readConfigFile } from '../../../src/config/read.ts';
import { parseVersion } from '../../../src/release/version.ts';
import { problemsOf } from '../problems.ts';

const head = (version: string, kind: string) => `apiVersion: kubeadm.k8s.io/${version}\nkind: ${kind}\n`;
const cluster = (version: string, body = '') => head(version, 'ClusterConfiguration') + body;

const problems = (text: string, lenient = false) => problemsOf(readConfigFile(text, 'c.yaml', { lenient }));

describe('a configuration file', () => {
  it.each(['v1beta1', 'v1beta2', 'v1beta3'])(
    'keeps arguments of %s by name; they come out as a sorted list',
    async (version) => {
      const body = 'apiServer:\n  extraArgs: {v: "2", audit-log-maxage: "30"}\n  timeoutForControlPlane: 6m\n';
      const file = await readConfigFile(cluster(version, body), 'c.yaml');
      expect(file.cluster?.value).toEqual({
        apiServer: {
          extraArgs: [
            { name: 'audit-log-maxage', value: '30' },
            { name: 'v', value: '2' },
          ],
        },
        timeoutForControlPlane: '6m',
      });
    },
  );

  it('keeps repeated arguments of v1beta4 in their order', async () => {
    const body =
      'scheduler:\n  extraArgs:\n  - {name: v, value: "2"}\n  - {name: a, value: one}\n  - {name: a, value: two}\n';
    const file = await readConfigFile(cluster('v1beta4', body), 'c.yaml');
    expect(file.cluster?.value.scheduler?.extraArgs?.map(({ name, value }) => `${name}=${value}`)).toEqual([
      'v=2',
      'a=one',
      'a=two',
    ]);
  });

  it('moves the discovery time-out of v1beta3 to where v1beta4 has it', async () => {
    const body = 'discovery:\n  timeout: 3m\n  file: {kubeConfigPath: /a}\n';
    const file = await readConfigFile(head('v1beta3', 'JoinConfiguration') + body, 'c.yaml');
    expect(file.join?.value).toEqual({ discovery: { file: { kubeConfigPath: '/a' } }, timeouts: { discovery: '3m' } });
  });

  it('takes null for absent, but an empty list of taints for none', async () => {
    const node = (taints: string) => `${head('v1beta4', 'InitConfiguration')}nodeRegistration:\n  taints: ${taints}\n`;
    expect((await readConfigFile(node('null'), 'c')).init?.value.nodeRegistration).toEqual({});
    expect((await readConfigFile(node('[]'), 'c')).init?.value.nodeRegistration).toEqual({ taints: [] });
  });

  it('hands over component configurations and the inventory as they stand', async () => {
    const kubelet =
      'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nmaxPods: 50\nanything: [1, null]\n';
    const inventory = 'apiVersion: kinit.dev/v1alpha1\nkind: Inventory\nhosts: [a]\n';
    const file = await readConfigFile(`${kubelet}---\n${inventory}`, 'c.yaml');
    expect(file.kubelet?.value).toMatchObject({ maxPods: 50, anything: [1, null] });
    expect(file.inventory?.value).toMatchObject({ hosts: ['a'] });
  });

  it('warns of documents that are none of its kinds', async () => {
    const heard: string[] = [];
    await readConfigFile(`${cluster('v1beta4')}---\napiVersion: apps/v1\nkind: Deployment\n`, 'c.yaml', {
      warn: (text) => heard.push(text),
    });
    expect(heard).toEqual(['c.yaml:5 kind: ignored, apps/v1 Deployment is no configuration of kubeadm or kinit']);
  });

  it.each(['v1beta1', 'v1beta2'])('passes over a ClusterStatus of %s, as kubeadm did', async (version) => {
    const heard: string[] = [];
    const text = `${cluster(version)}---\n${head(version, 'ClusterStatus')}apiEndpoints: {}\n`;
    const file = await readConfigFile(text, 'c.yaml', { warn: (message) => heard.push(message) });
    expect(Object.keys(file)).toEqual(['file', 'cluster']);
    expect(heard).toEqual(['c.yaml:5 kind: ignored, the cluster keeps its ClusterStatus itself']);
  });

  it.each([
    ['clusterName: "a\\0b"', 'clusterName'],
    ['apiServer: {extraArgs: [{name: v, value: "2\\u0000"}]}', 'apiServer.extraArgs[0].value'],
    ['apiServer: {extraVolumes: [{name: a, hostPath: "/a\\0", mountPath: /a}]}', 'apiServer.extraVolumes[0].hostPath'],
  ])('refuses a NUL character, which no process takes: %s', async (body, field) => {
    expect(await problems(cluster('v1beta4', `${body}\n`))).toEqual([
      `c.yaml:3 ${field}: holds a NUL character, which no process takes`,
    ]);
  });

  it('shows a number behind an anchor as it stands there', async () => {
    expect(await problems(cluster('v1beta4', 'clusterName: &a 0b11\nimageRepository: *a\n'))).toEqual([
      'c.yaml:3 clusterName: has to be text, not the number 0b11: put it in quotes ("0b11")',
      'c.yaml:4 imageRepository: has to be text, not the number 0b11: put it in quotes ("0b11")',
    ]);
  });

  it('takes a date, a null and text in quotes as YAML has them', async () => {
    const body = 'clusterName: 2026-01-31\nimageRepository: ~\nkubernetesVersion: "1.30"\n';
    const file = await readConfigFile(cluster('v1beta4', body), 'c.yaml');
    expect(file.cluster?.value).toEqual({ clusterName: '2026-01-31', kubernetesVersion: '1.30' });
  });

  it.each([
    ['a full-width colon', 'networking：\n  podSubnet: 10.1.0.0/16\n', 3, 'a full-width ":" (U+FF1A)'],
    ['a no-break space', 'networking:\n\u00a0\u00a0podSubnet: 10.1.0.0/16\n', 4, 'a no-break space (U+00A0)'],
    ['a full-width space', 'networking:\n\u3000podSubnet: 10.1.0.0/16\n', 4, 'a full-width space (U+3000)'],
    ['an invisible space in a field', 'cluster\u200bName: a\n', 3, 'an invisible zero width space (U+200B)'],
    ['curly quotes', 'featureGates: {A: “true”}\n', 3, `a curly quote that is no '"' (U+201C)`],
    ['a full-width letter', 'ｃlusterName: a\n', 3, 'a full-width "c" (U+FF43)'],
  ])('names %s for what it is, on its line', async (_what, body, line, named) => {
    const found = await problems(cluster('v1beta4', body));
    const problem = found.find((each) => each.includes(named));
    expect(problem).toMatch(new RegExp(`^c\\.yaml:(?:${line}|${line + 1})[: ]`));
  });

  it('says nothing of such characters where they do no harm', async () => {
    const text = cluster('v1beta4', '# 说明：集群\nclusterName: a # “名称”\nfoo: 1\n');
    expect(await problems(text)).toEqual(['c.yaml:5 foo: is not a field here']);
  });

  it.each([
    ['apiServer: {extraArgs: {v: "2"}}', 'apiServer.extraArgs'],
    ['etcd: {local: {extraArgs: {v: "2"}}}', 'etcd.local.extraArgs'],
  ])('shows how arguments of v1beta4 are written, and who does it: %s', async (body, field) => {
    const error = await readConfigFile(cluster('v1beta4', `${body}\n`), 'c.yaml').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      message: `c.yaml:3 ${field}: has to be a list from v1beta4 on, not a mapping: write "- {name: v, value: VALUE}" for each argument`,
      hint: expect.stringContaining('`kinit config migrate --old-config c.yaml --new-config NEW`'),
    });
  });

  it('shows how arguments of the kubelet and of v1beta3 are written', async () => {
    const node = 'nodeRegistration: {kubeletExtraArgs: {node-ip: 10.0.0.1}}\n';
    expect(await problems(head('v1beta4', 'JoinConfiguration') + node)).toEqual([
      expect.stringContaining('nodeRegistration.kubeletExtraArgs: has to be a list from v1beta4 on'),
    ]);
    expect(await problems(cluster('v1beta3', 'scheduler: {extraArgs: [{name: v, value: "2"}]}\n'))).toEqual([
      expect.stringContaining(
        'scheduler.extraArgs: has to be a mapping before v1beta4, not a list: write "NAME: VALUE"',
      ),
    ]);
  });

  it.each([
    ['v1beta2', 'scheduler: {extraArgs: {v: }}\n'],
    ['v1beta3', 'scheduler: {extraArgs: {v: null}}\n'],
    ['v1beta4', 'scheduler: {extraArgs: [{name: v}]}\n'],
    ['v1beta4', 'scheduler: {extraArgs: [{name: v, value: }]}\n'],
  ])('takes an argument of %s without a value for one that is empty, as Go does', async (version, body) => {
    const documents = await readConfigFile(cluster(version, `kubernetesVersion: v1.31.0\n${body}`), 'c.yaml');
    const config = completeInit(initRequest({ documents, flags: {} }), {
      facts: anyNode,
      version: parseVersion('v1.31.0'),
      newToken: () => 'abcdef.0123456789abcdef',
    });
    expect(config.cluster.scheduler.extraArgs).toEqual([{ name: 'v', value: '' }]);
  });

  it('refuses a misspelt kind of its own, with the one that was meant', async () => {
    const misspelt = 'apiVersion: kinit.dev/v1alpha1\nkind: Inventry\n';
    await expect(readConfigFile(misspelt, 'c.yaml')).rejects.toThrow(
      'c.yaml:2 kind: kinit.dev/v1alpha1 has no kind Inventry; did you mean "Inventory"?',
    );
  });

  it.each([
    ['an unknown field', 'podSubnet: x\n', 'c.yaml:3 podSubnet: is not a field here'],
    [
      'a typing error',
      'networking:\n  podSubnett: x\n',
      'c.yaml:4 networking.podSubnett: is not a field here; did you mean "podSubnet"?',
    ],
    [
      'wrong case',
      'kubernetesversion: v1.20.2\n',
      'c.yaml:3 kubernetesversion: is not a field here; did you mean "kubernetesVersion"?',
    ],
    ['a duplicate', 'clusterName: a\nclusterName: b\n', 'c.yaml:4 clusterName: is given twice, first in line 3'],
    [
      'a number for text',
      'clusterName: 5\n',
      'c.yaml:3 clusterName: has to be text, not the number 5: put it in quotes ("5")',
    ],
    [
      'a word that is a boolean',
      'clusterName: yes\n',
      'c.yaml:3 clusterName: has to be text, not yes, which YAML reads as true: put it in quotes ("yes")',
    ],
    [
      'a version that is a number',
      'kubernetesVersion: 1.30\n',
      'c.yaml:3 kubernetesVersion: has to be text, not the number 1.30: put it in quotes ("1.30")',
    ],
    [
      'a hexadecimal number',
      'clusterName: 0x10\n',
      'c.yaml:3 clusterName: has to be text, not the number 0x10: put it in quotes ("0x10")',
    ],
    [
      'an octal mode',
      'clusterName: 0755\n',
      'c.yaml:3 clusterName: has to be text, not the number 0755: put it in quotes ("0755")',
    ],
    [
      'a number in groups',
      'clusterName: 1_000\n',
      'c.yaml:3 clusterName: has to be text, not the number 1_000: put it in quotes ("1_000")',
    ],
    [
      'a number with an exponent, in a list',
      'apiServer: {certSANs: [a, 1e3]}\n',
      'c.yaml:3 apiServer.certSANs[1]: has to be text, not the number 1e3: put it in quotes ("1e3")',
    ],
    [
      'a word in capitals',
      'clusterName: OFF\n',
      'c.yaml:3 clusterName: has to be text, not OFF, which YAML reads as false: put it in quotes ("OFF")',
    ],
    [
      'another number where a switch stands',
      'featureGates: {A: 0x1}\n',
      'c.yaml:3 featureGates.A: has to be true or false, not the number 0x1',
    ],
    [
      'a number that is a key without quotes',
      'clusterName: 1234567890123456789012345678901234567890123456789012345678901234\n',
      'c.yaml:3 clusterName: the number 12345678... is out of range; where text is meant, put it in quotes',
    ],
    ['text for a list', 'apiServer:\n  certSANs: a\n', 'c.yaml:4 apiServer.certSANs: has to be a list, not text'],
    ['a list for a mapping', 'networking: []\n', 'c.yaml:3 networking: has to be a mapping, not a list'],
    ['text for a switch', 'featureGates: {A: "true"}\n', 'c.yaml:3 featureGates.A: has to be true or false, not text'],
    [
      'something within a list',
      'etcd:\n  local:\n    extraArgs:\n    - name: a\n      valeu: b\n',
      'c.yaml:7 etcd.local.extraArgs[0].valeu: is not a field here; did you mean "value"?',
    ],
    [
      'a required field left out',
      'scheduler:\n  extraVolumes:\n  - {name: a, hostPath: /a}\n',
      'c.yaml:5 scheduler.extraVolumes[0].mountPath: is required',
    ],
    [
      'no duration',
      'certificateValidityPeriod: 1y\n',
      'c.yaml:3 certificateValidityPeriod: is not a duration such as 24h0m0s',
    ],
  ])('refuses %s with its place', async (_what, body, problem) => {
    expect(await problems(cluster('v1beta4', body))).toEqual([problem]);
  });

  it.each([
    ['a field of a newer version', cluster('v1beta3', 'proxy: {}\n'), /proxy: is not a field here/],
    [
      'a kind of a newer version',
      head('v1beta3', 'ResetConfiguration'),
      /no kind ResetConfiguration; it came with .*v1beta4/,
    ],
    ['a kind that does not exist', head('v1beta4', 'ClusterConfig'), /did you mean "ClusterConfiguration"/],
    [
      'a version that does not exist',
      head('v1beta9', 'ClusterConfiguration'),
      /kinit reads v1beta1, v1beta2, v1beta3, v1beta4/,
    ],
    [
      'a field that v1beta1 has not yet',
      `${head('v1beta1', 'InitConfiguration')}certificateKey: a\n`,
      /certificateKey: is not a field here/,
    ],
    [
      'errors to ignore in v1beta1',
      `${head('v1beta1', 'JoinConfiguration')}nodeRegistration: {ignorePreflightErrors: [Swap]}\n`,
      /nodeRegistration.ignorePreflightErrors: is not a field here/,
    ],
    ['no apiVersion', 'kind: ClusterConfiguration\n', /apiVersion is required/],
    ['no kind', 'apiVersion: kubeadm.k8s.io/v1beta4\n', /kind is required/],
    ['a list', '- a\n', /has to be a mapping/],
    ['nothing', '# nothing\n', /holds no document/],
    [
      'two documents of one kind',
      `${cluster('v1beta4')}---\n${cluster('v1beta4')}`,
      /is given twice, first at c.yaml:2/,
    ],
    ['another DNS server', cluster('v1beta2', 'dns: {type: kube-dns}\n'), /dns.type: has to be CoreDNS/],
    ['hyperkube', cluster('v1beta2', 'useHyperKubeImage: true\n'), /useHyperKubeImage: is not served/],
    [
      'another version of a component',
      'apiVersion: kubelet.config.k8s.io/v1\nkind: KubeletConfiguration\n',
      /has to be kubelet.config.k8s.io\/v1beta1/,
    ],
  ])('refuses %s', async (_what, text, problem) => {
    const found = await problems(text);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(problem);
  });

  it('tells everything that is wrong at once, in the order of the lines', async () => {
    const text = `${cluster('v1beta4', 'a: 1\nclusterName: 5\n')}---\n${head('v1beta4', 'InitConfiguration')}b: 1\n`;
    expect((await problems(text)).map((problem) => problem.split(' ')[0])).toEqual([
      'c.yaml:3',
      'c.yaml:4',
      'c.yaml:8',
    ]);
  });

  it('takes unknown and duplicate fields as warnings where it is lenient, and nothing else', async () => {
    const slips = cluster('v1beta4', 'foo: {bar: 1}\nclusterName: a\nclusterName: b\n');
    const heard: string[] = [];
    const file = await readConfigFile(slips, 'c.yaml', { lenient: true, warn: (text) => heard.push(text) });
    expect(file.cluster?.value).toEqual({ clusterName: 'b' });
    expect(file.cluster?.rest).toEqual({ foo: { bar: 1 } });
    expect(heard).toHaveLength(2);
    expect(await problems(cluster('v1beta4', 'clusterName: 5\n'), true)).toHaveLength(1);
  });

  it('never shows a token, wherever it was put', async () => {
    const text = head('v1beta4', 'abcdef.0123456789abcdef');
    expect((await problems(text)).join()).not.toContain('0123456789abcdef');
  });
});
