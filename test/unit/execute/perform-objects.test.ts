import { beforeEach, describe, expect, it } from 'vitest';
import type { Change, ObjectChange } from '../../../src/execute/change.ts';
import { performObjects } from '../../../src/execute/perform-objects.ts';
import type { Target } from '../../../src/execute/target.ts';
import type { KubeObject } from '../../../src/kube/client.ts';
import { KubeError } from '../../../src/kube/error.ts';
import { FakeKube } from '../../fakes/kube.ts';
import { target } from './target.ts';

let kube: FakeKube;
beforeEach(() => {
  kube = new FakeKube();
});

const perform = (changes: readonly Change[], more: Partial<Target> = {}) =>
  performObjects(
    changes.map((change) => ({ phase: 'addon', change })),
    target({ kube: async () => kube, ...more }),
  );
const writes = () => kube.calls.filter((call) => !/^(get|list)/.test(call));

const map = (data: Record<string, string>, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'c', namespace: 'kube-system', ...metadata },
  data,
});
const present = (object: KubeObject, more: Partial<ObjectChange> = {}): Change => ({
  kind: 'object',
  how: 'present',
  object,
  ...more,
});

describe('writing objects', () => {
  it('creates what is not there', async () => {
    await perform([present(map({ a: '1' }))]);
    expect(kube.objects('ConfigMap')).toMatchObject([{ data: { a: '1' } }]);
  });

  it('updates what differs, and keeps the labels and annotations of others', async () => {
    await kube.create(map({ a: '1' }, { labels: { theirs: 'x' }, annotations: { theirs: 'y' } }));
    await perform([present(map({ a: '2' }, { labels: { ours: 'z' } }))]);
    expect(kube.objects('ConfigMap')).toMatchObject([
      { data: { a: '2' }, metadata: { labels: { theirs: 'x', ours: 'z' }, annotations: { theirs: 'y' } } },
    ]);
  });

  it('writes nothing where everything is said already, or where once is enough', async () => {
    await kube.create(map({ a: '1', b: '2' }));
    kube.calls.length = 0;
    await perform([present(map({ a: '1' })), { kind: 'object', how: 'once', object: map({ a: '3' }) }]);
    expect(writes()).toEqual(Array(2).fill('create ConfigMap kube-system/c'));
    expect(kube.objects('ConfigMap')).toMatchObject([{ data: { a: '1', b: '2' } }]);
  });

  describe('a Service whose address is allocated already', () => {
    const service: KubeObject = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'kube-dns', namespace: 'kube-system' },
      spec: { clusterIP: '10.96.0.10' },
    };
    const why = 'spec.clusterIP: Invalid value: "10.96.0.10": provided IP is already allocated';
    const allocated = new KubeError(422, 'Invalid', `Service "kube-dns" is invalid: ${why}`);

    it('is taken as it is where it is its own: the first request was not answered', async () => {
      await kube.create(service);
      kube.calls.length = 0;
      kube.failNext(/^create Service/, allocated);
      await perform([present(service)]);
      expect(writes()).toEqual(['create Service kube-system/kube-dns']);
    });

    it('is tried again until the API server has given back what a request that was cut off had taken', async () => {
      kube.failNext(/^create Service/, allocated, 2);
      await perform([present(service)]);
      expect(kube.objects('Service')).toMatchObject([service]);
    });

    it('is not tried again where it is invalid otherwise', async () => {
      const invalid = new KubeError(422, 'Invalid', 'Service "kube-dns" is invalid: spec.ports: Required value');
      kube.failNext(/^create Service/, invalid);
      await expect(perform([present(service)])).rejects.toBe(invalid);
      expect(writes()).toEqual(['create Service kube-system/kube-dns']);
    });
  });

  it('tries again where another writer came in between', async () => {
    await kube.create(map({ a: '1' }));
    kube.failNext(/^update ConfigMap/, new KubeError(409, 'Conflict', 'the object has been modified'), 3);
    await perform([present(map({ a: '2' }))]);
    expect(kube.objects('ConfigMap')).toMatchObject([{ data: { a: '2' } }]);
  });

  it('deletes what is to go, and is content where it is gone', async () => {
    await kube.create(map({}));
    const gone: Change = { kind: 'object', how: 'absent', object: map({}) };
    await perform([gone]);
    await perform([gone]);
    expect(kube.objects('ConfigMap')).toEqual([]);
  });

  it('tries the rights of super-admin.conf where the administrator has none yet, and only where that is said', async () => {
    const all = new FakeKube();
    const forbidden = new KubeError(403, 'Forbidden', 'cannot create');
    const both = async (as?: 'super-admin') => (as === 'super-admin' ? all : kube);
    kube.failNext(/^create/, forbidden, 2);
    await perform([present(map({ a: '1' }), { as: 'super-admin' })], { kube: both });
    expect(all.objects('ConfigMap')).toHaveLength(1);
    await expect(perform([present(map({ a: '1' }))], { kube: both })).rejects.toBe(forbidden);
  });

  it('stops for what is refused, and only warns of what is optional', async () => {
    const refused = new KubeError(422, 'Invalid', 'data is invalid');
    kube.failNext(/^create/, refused, 2);
    await expect(perform([present(map({}))])).rejects.toBe(refused);
    const told: unknown[] = [];
    const reporter = { report: (event: unknown) => void told.push(event), end: () => {} };
    const excused = present(map({}), { optional: true });
    const failed = await perform([excused, present(map({}, { name: 'd' }))], { reporter });
    expect([...failed].map(({ change }) => change)).toEqual([excused]);
    expect(told).toEqual([{ type: 'warning', host: 'fake', text: 'data is invalid' }]);
  });

  it('throws only when nothing is written any more: none is begun after a failure, and those under way have ended', async () => {
    const refused = new KubeError(422, 'Invalid', 'data is invalid');
    kube.failNext(/^create ConfigMap kube-system\/c0$/, refused);
    const create = kube.create.bind(kube);
    let slow = 0;
    kube.create = async (object) => {
      if (object.metadata.name === 'c0') return create(object);
      await new Promise((resolve) => setTimeout(resolve, 30));
      slow++;
      return create(object);
    };
    const all = Array.from({ length: 30 }, (_, index) => present(map({}, { name: `c${index}` })));
    const mark: Change = { kind: 'node', name: 'never', labels: {}, annotations: {}, taints: [] };
    await expect(perform([mark, ...all])).rejects.toBe(refused);
    const [calls, written] = [kube.calls.length, slow];
    expect(written).toBe(6);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect([kube.calls.length, slow]).toEqual([calls, written]);
  });

  it('gives what is owned the uid of its owner', async () => {
    const owner = await kube.create(map({}, { name: 'owner' }));
    const ownedBy = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name: 'owner' };
    await perform([present(map({}), { ownedBy })]);
    expect(kube.objects().find(({ metadata }) => metadata.name === 'c')?.metadata['ownerReferences']).toMatchObject([
      { name: 'owner', uid: owner.metadata.uid },
    ]);
    await kube.delete(ownedBy);
    await expect(perform([present(map({}, { name: 'd' }), { ownedBy })])).rejects.toThrow('owner is gone');
  });
});

describe('marking a node', () => {
  const mark: Change = { kind: 'node', name: 'cp1', labels: { role: '' }, annotations: {}, taints: [] };
  const node: KubeObject = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'cp1', labels: { theirs: 'x' } },
    spec: {},
  };

  it('waits until it has registered, and keeps what is on it', async () => {
    const work = perform([mark]);
    await kube.create(node);
    await work;
    expect(kube.objects('Node')).toMatchObject([{ metadata: { labels: { theirs: 'x', role: '' } } }]);
  });

  it('tries again whatever fails', async () => {
    await kube.create(node);
    kube.failNext(/^update Node/, new KubeError(409, 'Conflict', 'the kubelet was faster'));
    kube.failNext(/^get Node/, new KubeError(0, 'Unreachable', 'the API server restarts'));
    await perform([mark]);
    expect(kube.objects('Node')).toMatchObject([{ metadata: { labels: { role: '' } } }]);
  });

  it('waits no longer once Ctrl-C is pressed: exit 130', async () => {
    await expect(perform([mark], { signal: AbortSignal.abort() })).rejects.toMatchObject({ exitCode: 130 });
  });
});
