import { beforeEach, describe, expect, it } from 'vitest';
import { upgradeRequest } from '../../src/config/upgrade.ts';
import { KinitError } from '../../src/errors.ts';
import type { KubeObject } from '../../src/kube/client.ts';
import { printable } from '../../src/printable.ts';
import { errorText } from '../../src/report/error-text.ts';
import { upgradeControlPlane } from '../../src/workflows/node/upgrade/control-plane.ts';
import { diffManifests } from '../../src/workflows/node/upgrade/diff.ts';
import { upgradeNode } from '../../src/workflows/node/upgrade/node.ts';
import { planUpgrades } from '../../src/workflows/node/upgrade/plan.ts';
import { beginUpgrade } from '../../src/workflows/node/upgrade/upgrade.ts';
import type { FakeKube } from '../fakes/kube.ts';
import type { FakeMachine } from '../fakes/machine.ts';
import { livingCluster, upgradeTarget } from './upgraded.ts';

const to = 'v1.20.15';
let cluster: FakeKube;
let machine: FakeMachine;
beforeEach(async () => {
  ({ cluster, machine } = await livingCluster('v1.20.2'));
});

type Fields = Readonly<Record<string, unknown>>;

/** The one object, changed by somebody who means no good. */
async function spoil(kind: string, name: string, change: (object: KubeObject) => Fields): Promise<void> {
  const found = cluster.objects(kind).find(({ metadata }) => metadata.name === name) as KubeObject;
  await cluster.update({ ...found, ...change(found) } as KubeObject);
}

const data = (entry: string, text: (there: string) => string) => (object: KubeObject) => {
  const there = object['data'] as Readonly<Record<string, string>>;
  return { data: { ...there, [entry]: text(there[entry] ?? '') } };
};
const config = (text: (there: string) => string) => () =>
  spoil('ConfigMap', 'kubeadm-config', data('ClusterConfiguration', text));
const field = (line: string) => config((there) => `${there}${line}\n`);
const instead = (from: RegExp, line: string) => config((there) => there.replace(from, line));
const kubelet = (text: string) => () =>
  spoil(
    'ConfigMap',
    'kubelet-config-1.20',
    data('kubelet', () => text),
  );
const corefile = (text: string) => () =>
  spoil(
    'ConfigMap',
    'coredns',
    data('Corefile', () => text),
  );
const escapes = '\u001b[2J\u001b]0;owned\u0007';

const input = { patches: [], proxyEnvironment: new Map<string, string>() } as const;
const commands: Readonly<Record<string, () => Promise<unknown>>> = {
  async plan() {
    const { node, timeouts } = upgradeRequest({ flags: {}, command: 'node' });
    const begun = await beginUpgrade(upgradeTarget(machine, to), { settings: node, timeouts, ...input }, true);
    return planUpgrades(begun, { version: undefined, etcdUpgrade: true });
  },
  async diff() {
    const { node, timeouts } = upgradeRequest({ flags: {}, command: 'node' });
    const begun = await beginUpgrade(upgradeTarget(machine, to), { settings: node, timeouts, ...input }, true);
    return diffManifests(begun, undefined);
  },
  apply() {
    const { apply, timeouts } = upgradeRequest({ flags: { version: to }, command: 'apply' });
    const short = { ...timeouts, upgradeManifests: '2s' };
    return upgradeControlPlane(upgradeTarget(machine, to), { settings: apply, timeouts: short, ...input });
  },
  node() {
    const { node, timeouts } = upgradeRequest({ flags: {}, command: 'node' });
    return upgradeNode(upgradeTarget(machine, to), { settings: node, timeouts, ...input });
  },
};

/** Name, what was done to the cluster, and what the words have to say of it. */
const answers: readonly (readonly [string, () => Promise<void>, RegExp])[] = [
  ['a kubeadm-config that is no YAML', config(() => '{[}'), /kubeadm-config/],
  ['a kubeadm-config that is a web page', config(() => '<html><title>Login</title></html>'), /kubeadm-config/],
  ['a kubeadm-config that is a list', config(() => '- a\n- b\n'), /kubeadm-config/],
  ['a kubeadm-config that is empty', config(() => ''), /kubeadm-config/],
  ['a kubeadm-config of another kind', config(() => 'apiVersion: v1\nkind: Pod\n'), /kubeadm-config/],
  ['a kubeadm-config with escapes', config(() => `apiVersion: ${escapes}\nkind: x`), /kubeadm-config/],
  ['a kubeadm-config of deep nesting', config(() => `a: ${'['.repeat(20_000)}`), /kubeadm-config/],
  [
    'a kubeadm-config that grows by aliases',
    config(() => 'a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n'),
    /kubeadm-config/,
  ],
  [
    'a version that is none',
    instead(/kubernetesVersion: .*/, `kubernetesVersion: "${'9'.repeat(400)}"`),
    /kubeadm-config/,
  ],
  ['a version that is a list', instead(/kubernetesVersion: .*/, 'kubernetesVersion: [1]'), /kubeadm-config/],
  [
    'an image repository with an argument in it',
    instead(/imageRepository: .*/, 'imageRepository: "x --v=9"'),
    /imageRepository/,
  ],
  ['an image repository with escapes', instead(/imageRepository: .*/, 'imageRepository: "a\\e[2J"'), /imageRepository/],
  ['an image repository of a shell', instead(/imageRepository: .*/, 'imageRepository: "$(reboot)"'), /imageRepository/],
  ['a tag of etcd of a shell', instead(/dataDir: .*/, 'dataDir: /var/lib/etcd\n    imageTag: "$(reboot)"'), /imageTag/],
  ['a tag of etcd with a newline', instead(/dataDir: .*/, 'dataDir: /var/lib/etcd\n    imageTag: "a\\nb"'), /imageTag/],
  ['a tag of CoreDNS with a space', instead(/dns:.*(\n {2}.*)*/, 'dns: { imageTag: "a --b" }'), /imageTag/],
  ["etcd's data in a folder of relatives", instead(/dataDir: .*/, 'dataDir: ../../etc'), /dataDir/],
  ["etcd's data in the root", instead(/dataDir: .*/, 'dataDir: /'), /dataDir/],
  ['certificates in a folder of relatives', instead(/certificatesDir: .*/, 'certificatesDir: -rf'), /certificatesDir/],
  ['arguments that are a text', instead(/scheduler: .*/, 'scheduler: {extraArgs: "x"}'), /extraArgs/],
  ['an argument with a newline', instead(/scheduler: .*/, 'scheduler: {extraArgs: {"a\\nb": "c"}}'), /extraArgs/],
  ['an argument with escapes', instead(/scheduler: .*/, 'scheduler: {extraArgs: {"a\\e[2J": "c"}}'), /extraArgs/],
  [
    'an argument with another one in its name',
    instead(/scheduler: .*/, 'scheduler: {extraArgs: {"v=1 --a": "9"}}'),
    /extraArgs/,
  ],
  ['a pod subnet that is none', instead(/podSubnet: .*/, `podSubnet: "10.244.0.0/16\\e[2J"`), /podSubnet/],
  ['an endpoint that is none', field(`controlPlaneEndpoint: "a b\\n"`), /controlPlaneEndpoint/],
  ['a kubelet configuration that is no YAML', kubelet('{[}'), /kubelet-config-1\.20/],
  ['a kubelet configuration that is a web page', kubelet('<html></html>'), /kubelet-config-1\.20/],
  ['a kubelet configuration that is a list', kubelet('- a\n'), /kubelet-config-1\.20/],
  ['a kubelet configuration that is a number', kubelet('7'), /kubelet-config-1\.20/],
  ['a kubelet configuration of another kind', kubelet('apiVersion: v1\nkind: Pod\n'), /kubelet-config-1\.20/],
  [
    'a kubelet configuration of wrong types',
    kubelet('apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nclusterDNS: 5\n'),
    /kubelet/,
  ],
  [
    'no kubelet configuration',
    () => spoil('ConfigMap', 'kubelet-config-1.20', () => ({ data: {} })),
    /kubelet-config-1\.20/,
  ],
  [
    'a configuration of kube-proxy that is a list',
    () =>
      spoil(
        'ConfigMap',
        'kube-proxy',
        data('config.conf', () => '- a'),
      ),
    /kube-proxy/,
  ],
];

/** The error as a person sees it; throws where there is none, or where it is a bug of ours. */
async function refusal(run: Promise<unknown>): Promise<{ readonly text: string; readonly error: KinitError }> {
  const error = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error, String((error as Error | undefined)?.stack)).toBeInstanceOf(KinitError);
  return { text: printable(errorText(error, { verbosity: 0, interrupted: false })), error: error as KinitError };
}

/** What only a run that changes something has to look at. */
const inTheWay: readonly (readonly [string, () => Promise<void>, RegExp])[] = [
  [
    'a Corefile that is a web page',
    corefile('<html><title>Login</title></html>'),
    /Corefile in ConfigMap kube-system\/coredns .* no block/,
  ],
  ['a Corefile that is cut off', corefile('.:53 {\n  errors\n  kubernetes {\n  }\n'), /last block is not closed/],
  ['a Corefile that closes too much', corefile('.:53 {\n  errors\n}\n}\n'), /line 4 closes a block/],
  [
    'a Corefile with escapes',
    corefile(`.:53 {\n  errors ${escapes}\n}\n`),
    /line 2 holds characters that cannot be seen/,
  ],
  [
    'a Corefile of a hundred thousand plugins',
    corefile(`.:53 {\n${Array.from({ length: 100_000 }, (_, at) => `  p${at}\n`).join('')}}\n`),
    /and 99990 more/,
  ],
  [
    'a hundred control planes that are not Ready',
    async () => {
      for (let at = 0; at < 100; at++) {
        const labels = { 'node-role.kubernetes.io/control-plane': '' };
        await cluster.create({ apiVersion: 'v1', kind: 'Node', metadata: { name: `n${at}${escapes}`, labels } });
      }
    },
    /and 90 more/,
  ],
];

const state = () => JSON.stringify([...machine.files()]);

describe.each(Object.keys(commands))('upgrade %s', (command) => {
  it.each(answers)('of a cluster with %s: a word on it, nothing changed', async (_, harm, says) => {
    await harm();
    const [before, calls] = [state(), cluster.calls.length];
    const { text, error } = await refusal(commands[command]?.() as Promise<unknown>);
    expect(text).toMatch(says);
    expect(text.length).toBeLessThan(3000);
    expect([1, 2]).toContain(error.exitCode);
    expect(state()).toBe(before);
    const written = cluster.calls.slice(calls).filter((call) => !/^(get|list|watch|raw)/.test(call));
    expect(written).toEqual([]);
  });
});

describe('upgrade apply', () => {
  it.each(inTheWay)('of a cluster with %s: a word on it, nothing changed', async (_, harm, says) => {
    await harm();
    const before = state();
    const { text, error } = await refusal(commands['apply']?.() as Promise<unknown>);
    expect(text).toMatch(says);
    expect(text.length).toBeLessThan(5000);
    expect(error.exitCode).toBe(2);
    expect(state()).toBe(before);
  });
});
