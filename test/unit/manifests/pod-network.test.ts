import { describe, expect, test } from 'vitest';
import { InputError } from '../../../src/errors.ts';
import { difference } from '../../../src/execute/difference.ts';
import { nothingObserved } from '../../../src/execute/observed.ts';
import type { KubeObject } from '../../../src/kube/client.ts';
import { manifestObjects } from '../../../src/manifests/user-manifests.ts';
import { network } from '../../../src/phases/network.ts';
import { releaseFor } from '../../../src/release/release.ts';
import { newestMinor, oldestMinor } from '../../../src/release/served.ts';
import { parseVersion } from '../../../src/release/version.ts';
import { networkContext } from '../../../src/workflows/node/pod-network.ts';
import { parseYaml } from '../../../src/yaml.ts';
import { initConfig } from './config.ts';

const minors = Array.from({ length: newestMinor - oldestMinor + 1 }, (_, index) => `1.${oldestMinor + index}`);

async function flannel(minor: string, podSubnet = '10.244.0.0/16', imageRepository?: string) {
  const { cluster } = initConfig(minor);
  const networking = { ...cluster.networking, podSubnet };
  const choice = { kind: 'flannel', imageRepository, place: '--network' } as const;
  const context = await networkContext(choice, { ...cluster, networking }, releaseFor(parseVersion(`v${minor}.0`)));
  return context?.objects ?? [];
}

const find = (objects: readonly KubeObject[], kind: string) => objects.find((object) => object.kind === kind);
const images = (objects: readonly KubeObject[]) => JSON.stringify(objects).match(/"image":"[^"]+"/g) ?? [];

function netConf(objects: readonly KubeObject[]): unknown {
  const data = find(objects, 'ConfigMap')?.['data'] as Record<string, string>;
  return JSON.parse(data['net-conf.json'] ?? '');
}

describe('flannel', () => {
  test.each(minors)(
    'for v%s brings a PodSecurityPolicy where the release serves one, a level on its namespace else',
    async (minor) => {
      const objects = await flannel(minor);
      const served = Number(minor.split('.')[1]) < 25;
      expect(find(objects, 'PodSecurityPolicy') !== undefined).toBe(served);
      expect(find(objects, 'Namespace')?.metadata.labels?.['pod-security.kubernetes.io/enforce']).toBe(
        served ? undefined : 'privileged',
      );
    },
  );

  test.each(['1.20', '1.31'])('gives out the pods’ subnet of the cluster (v%s)', async (minor) => {
    expect(netConf(await flannel(minor, '10.100.0.0/16'))).toEqual({
      Network: '10.100.0.0/16',
      Backend: { Type: 'vxlan' },
    });
  });

  test('gives out both subnets of a dual-stack cluster', async () => {
    expect(netConf(await flannel('1.31', 'fd00::/56, 10.244.0.0/16'))).toMatchObject({
      Network: '10.244.0.0/16',
      EnableIPv6: true,
      IPv6Network: 'fd00::/56',
    });
  });

  test('knows that an IPv6 cluster has no IPv4', async () => {
    expect(netConf(await flannel('1.31', 'fd00::/56'))).toMatchObject({ EnableIPv4: false, IPv6Network: 'fd00::/56' });
  });

  test.each(['1.20', '1.31'])('takes all of its images from the mirror (v%s)', async (minor) => {
    const mirrored = images(await flannel(minor, '10.244.0.0/16', 'mirror.example/kube/'));
    expect(mirrored).toHaveLength(3);
    for (const image of mirrored) expect(image).toMatch(/"mirror\.example\/kube\/[a-z-]+:v/);
  });

  test('is refused without a subnet for the pods', async () => {
    await expect(flannel('1.31', '')).rejects.toThrow('--network: flannel needs a subnet for the pods');
  });
});

describe('the network phase', () => {
  const objects: readonly KubeObject[] = [
    { apiVersion: 'example.dev/v1', kind: 'Pool', metadata: { name: 'pool' } },
    { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'agent', namespace: 'net' } },
    {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'pools.example.dev' },
    },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'net' } },
  ];
  const context = { name: 'mine', objects };
  const wanted = network.desired(context, nothingObserved);

  test('writes namespaces and definitions before what needs them', () => {
    expect(wanted.map((change) => change.kind === 'object' && [change.wave, change.object.kind])).toEqual([
      [0, 'CustomResourceDefinition'],
      [0, 'Namespace'],
      [1, 'Pool'],
      [1, 'DaemonSet'],
    ]);
  });

  const live = (change: (object: KubeObject) => KubeObject) => ({
    ...nothingObserved,
    objects: new Map(
      wanted.flatMap((each) =>
        each.kind === 'object'
          ? [
              [
                `${each.object.kind}/${each.object.metadata.namespace ?? ''}/${each.object.metadata.name}`,
                change(each.object),
              ] as const,
            ]
          : [],
      ),
    ),
  });

  test('leaves what was applied from the same manifest, whatever the server has added', () => {
    const observed = live((object) => ({ ...object, spec: { added: true } }));
    expect(difference(wanted, observed, 0)).toEqual([]);
  });

  test('warns of flannel beside another network, and not of flannel itself', async () => {
    const there = (await flannel('1.31')).filter(({ kind }) => kind === 'DaemonSet');
    const observed = {
      ...nothingObserved,
      objects: new Map(there.map((object) => [`DaemonSet/kube-flannel/${object.metadata.name}`, object] as const)),
    };
    const notes = (of: readonly KubeObject[]) =>
      network
        .desired({ name: 'n', objects: of }, observed)
        .flatMap((change) => (change.kind === 'note' ? [change.text] : []));
    expect(notes(objects)).toEqual([
      expect.stringContaining('kubectl -n kube-flannel delete daemonset kube-flannel-ds'),
    ]);
    expect(notes(there)).toEqual([]);
  });

  test('applies what was applied from another manifest', () => {
    const observed = live((object) => ({
      ...object,
      metadata: { ...object.metadata, annotations: { 'kinit.dev/applied': 'other' } },
    }));
    expect(difference(wanted, observed, 0)).toEqual(wanted);
  });
});

describe('a user’s manifests', () => {
  const read = (text: string) => manifestObjects(parseYaml(text, 'net.yaml'));

  test('are taken apart where they are lists', () => {
    const list =
      'apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n- {apiVersion: v1, kind: Secret, metadata: {name: b}}\n';
    expect(read(list).map(({ kind }) => kind)).toEqual(['ConfigMap', 'Secret']);
  });

  test.each([
    ['a document without a kind', 'apiVersion: v1\nmetadata: {name: a}\n', 'net.yaml:1 kind'],
    ['an object without a name', 'apiVersion: v1\nkind: Secret\nmetadata: {}\n', 'metadata'],
    ['a text', 'hello\n', 'is not a Kubernetes object'],
  ])('are refused where there is %s', (_, text, message) => {
    expect(() => read(text)).toThrow(InputError);
    expect(() => read(text)).toThrow(message);
  });
});
