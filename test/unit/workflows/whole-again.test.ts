import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { on } from '../../../src/execute/target.ts';
import type { KubeObject } from '../../../src/kube/client.ts';
import { releaseFor } from '../../../src/release/release.ts';
import { parseVersion } from '../../../src/release/version.ts';
import { wholeAgain } from '../../../src/workflows/cluster/upgrade/whole-again.ts';
import { FakeHost } from '../../fakes/host.ts';
import { FakeKube } from '../../fakes/kube.ts';
import { quietRun } from '../../run.ts';

const dns = (availableReplicas: number): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'coredns', namespace: 'kube-system' },
  spec: { replicas: 2, selector: { matchLabels: { 'k8s-app': 'kube-dns' } } },
  status: { replicas: 2, updatedReplicas: 2, availableReplicas },
});

const availableIs = (availableReplicas: number, kube: FakeKube) =>
  kube.patch({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'kube-system', name: 'coredns' }, 'merge', {
    status: { availableReplicas },
  });

const pod = (nodeName: string, app: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `${app}-${nodeName}`, namespace: 'kube-system', labels: { 'k8s-app': app } },
  spec: { nodeName },
  status: { phase: 'Running', containerStatuses: [{ name: app, ready: true }] },
});
const pods = [pod('w1', 'kube-dns'), pod('w2', 'metrics-server')];

let told: string[];

function place(kube: FakeKube, host = new FakeHost({ name: 'w1', commands: { sh: {} } })) {
  const reporter = {
    report: (event: { readonly type: string; readonly what?: string; readonly text?: string }) =>
      void told.push(`${event.type}: ${event.what ?? event.text ?? ''}`),
    end() {},
  };
  const release = releaseFor(parseVersion('v1.21.14'));
  return on({ ...quietRun(), reporter }, { host, release, kube: async () => kube });
}

describe('between two drains of an upgrade', () => {
  beforeEach(() => {
    told = [];
    vi.useFakeTimers();
  });
  afterEach(() => vi.useRealTimers());

  test('what the first has moved is there again before the second', async () => {
    const kube = new FakeKube(dns(2), ...pods);
    const undisturbed = await wholeAgain(async () => kube);
    await availableIs(1, kube);
    const waiting = undisturbed.wait('w1', place(kube));
    await vi.advanceTimersByTimeAsync(5000);
    expect(told).toEqual(['waiting: what was moved to be there again (coredns: 1 of 2 pods are there)']);
    await availableIs(2, kube);
    await vi.advanceTimersByTimeAsync(1000);
    await waiting;
  });

  test('what does not come back is given up on once, with a warning', async () => {
    const kube = new FakeKube(dns(2), ...pods);
    const undisturbed = await wholeAgain(async () => kube);
    await availableIs(1, kube);
    const waiting = undisturbed.wait('w1', place(kube));
    await vi.advanceTimersByTimeAsync(121_000);
    await waiting;
    expect(told.at(-1)).toBe('warning: not whole after 120s, going on: coredns: 1 of 2 pods are there');
    await undisturbed.wait('w1', place(kube));
    expect(told).toHaveLength(2);
  });

  test.each([
    ['was not whole before', [dns(1)]],
    ['is whole', [dns(2)]],
  ])('what %s is not waited for', async (_, objects) => {
    const kube = new FakeKube(...objects, ...pods);
    const undisturbed = await wholeAgain(async () => kube);
    await undisturbed.wait('w1', place(kube));
    expect(told).toEqual([]);
  });

  test('nothing is waited for where none of its pods has to leave', async () => {
    const kube = new FakeKube(dns(2), ...pods);
    const undisturbed = await wholeAgain(async () => kube);
    await availableIs(1, kube);
    await undisturbed.wait('w2', place(kube));
    expect(told).toEqual([]);
  });

  test.each([
    ['does not serve yet', { status: { phase: 'Running', containerStatuses: [{ name: 'kube-dns', ready: false }] } }],
    ['goes already', { metadata: { ...pod('w1', 'kube-dns').metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }],
  ])('nothing is waited for where its pod on the node %s: as many serve without it', async (_, more) => {
    const kube = new FakeKube(dns(2), { ...pod('w1', 'kube-dns'), ...more }, pod('w1', 'web'), pod('w2', 'kube-dns'));
    const undisturbed = await wholeAgain(async () => kube);
    await availableIs(1, kube);
    expect(await undisturbed.free(['w2', 'w1'])).toBe('w1');
    await undisturbed.wait('w1', place(kube));
    expect(told).toEqual([]);
  });

  test('a cluster that does not answer is not waited for', async () => {
    const undisturbed = await wholeAgain(async () => {
      throw new Error('no answer');
    });
    await undisturbed.wait('w1', place(new FakeKube(dns(1))));
    expect(told).toEqual([]);
  });

  test('a node without pods of what is moved has its turn before others', async () => {
    const kube = new FakeKube(dns(2), ...pods);
    const undisturbed = await wholeAgain(async () => kube);
    expect(await undisturbed.free(['w1', 'w2'])).toBe('w1');
    await availableIs(1, kube);
    expect(await undisturbed.free(['w1', 'w2'])).toBe('w2');
    expect(await undisturbed.free(['w1'])).toBeUndefined();
  });

  const proxy = (updatedNumberScheduled: number): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'kube-proxy', namespace: 'kube-system' },
    spec: { selector: { matchLabels: { 'k8s-app': 'kube-proxy' } } },
    status: { desiredNumberScheduled: 2, updatedNumberScheduled, numberAvailable: 2 },
  });
  const proxyOn = (nodeName: string, more: object = {}): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `kube-proxy-${nodeName}`,
      namespace: 'kube-system',
      labels: { 'k8s-app': 'kube-proxy' },
      ownerReferences: [{ kind: 'DaemonSet', name: 'kube-proxy', controller: true }],
      ...more,
    },
    spec: { nodeName },
    status: { phase: 'Running', containerStatuses: [{ name: 'kube-proxy', ready: true }] },
  });
  const going = { deletionTimestamp: '2026-01-01T00:00:00Z' };
  const rolling = async (...objects: readonly KubeObject[]) => {
    const kube = new FakeKube(proxy(2), ...objects);
    const undisturbed = await wholeAgain(async () => kube);
    await kube.patch(
      { apiVersion: 'apps/v1', kind: 'DaemonSet', namespace: 'kube-system', name: 'kube-proxy' },
      'merge',
      {
        status: { updatedNumberScheduled: 1 },
      },
    );
    return { kube, undisturbed };
  };

  test('a kube-proxy that is just being replaced is there again, before pods leave its node', async () => {
    const { kube, undisturbed } = await rolling(proxyOn('w1', going), proxyOn('w2'), ...pods);
    expect(await undisturbed.free(['w1', 'w2'])).toBe('w2');
    await undisturbed.wait('w2', place(kube));
    const waiting = undisturbed.wait('w1', place(kube));
    await vi.advanceTimersByTimeAsync(5000);
    expect(told).toEqual(['waiting: what was moved to be there again (kube-proxy: 1 of 2 pods are new)']);
    await kube.delete({ apiVersion: 'v1', kind: 'Pod', namespace: 'kube-system', name: 'kube-proxy-w1' });
    await kube.create(proxyOn('w1'));
    await vi.advanceTimersByTimeAsync(1000);
    await waiting;
  });

  const processOf = (uid: string) => `/proc/7/cgroup:4:memory:/kubepods/burstable/pod${uid}/1a\n`;
  test.each<[string, (uid: string) => string, object, boolean]>([
    ['is let go when its process has ended', () => processOf('another'), {}, true],
    ['is left to its kubelet while its process runs', processOf, {}, false],
    ['is left to its kubelet on a host that tells of no pod', () => '', {}, false],
    [
      'is left to its kubelet where it has more than folders',
      () => processOf('another'),
      { persistentVolumeClaim: {} },
      false,
    ],
  ])('a kube-proxy on its way out %s', async (_, told, volume, isLetGo) => {
    const old = proxyOn('w1', going);
    const volumes = Object.keys(volume).length === 0 ? [] : [volume];
    const { kube, undisturbed } = await rolling({ ...old, spec: { nodeName: 'w1', volumes } }, proxyOn('w2'), ...pods);
    const ref = { apiVersion: 'v1', kind: 'Pod', namespace: 'kube-system', name: 'kube-proxy-w1' };
    const stdout = told((await kube.get(ref))?.metadata.uid ?? '');
    const waiting = undisturbed.wait('w1', place(kube, new FakeHost({ name: 'w1', commands: { sh: { stdout } } })));
    await vi.advanceTimersByTimeAsync(5000);
    expect((await kube.get(ref)) === undefined).toBe(isLetGo);
    if (!isLetGo) await kube.delete(ref);
    await kube.create(proxyOn('w1'));
    await vi.advanceTimersByTimeAsync(1000);
    await waiting;
  });

  test('the next kube-proxy is waited for until it is there, and has begun', async () => {
    const { kube, undisturbed } = await rolling(proxyOn('w2'), ...pods);
    expect(await undisturbed.free(['w1', 'w2'])).toBe('w2');
    let isOver = false;
    const waiting = undisturbed.wait('w1', place(kube)).then(() => (isOver = true));
    await vi.advanceTimersByTimeAsync(5000);
    await kube.create({ ...proxyOn('w1'), status: { phase: 'Pending' } });
    await vi.advanceTimersByTimeAsync(5000);
    expect(isOver).toBe(false);
    await kube.patch({ apiVersion: 'v1', kind: 'Pod', namespace: 'kube-system', name: 'kube-proxy-w1' }, 'merge', {
      status: proxyOn('w1')['status'],
    });
    await vi.advanceTimersByTimeAsync(1000);
    await waiting;
  });

  test('a kube-proxy of a node that no pod has to leave is not waited for', async () => {
    const { kube, undisturbed } = await rolling(proxyOn('w1', going), proxyOn('w2'));
    await undisturbed.wait('w1', place(kube));
    expect(told).toEqual([]);
  });
});
