import { describe, expect, it } from 'vitest';
import { overlayKubeClient } from '../../../src/kube/overlay-client.ts';
import { FakeKube } from '../../fakes/kube.ts';

const settings = (data: Record<string, string>, name = 'settings') => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default' },
  data,
});
const ref = { apiVersion: 'v1', kind: 'ConfigMap', name: 'settings', namespace: 'default' };
const query = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default' };

describe('a rehearsal without a cluster', () => {
  it('has nothing but what was written to it', async () => {
    const rehearsal = overlayKubeClient();
    expect(await rehearsal.get(ref)).toBeUndefined();
    expect(await rehearsal.list(query)).toEqual([]);
    await rehearsal.create(settings({ colour: 'blue' }));
    expect(await rehearsal.get(ref)).toMatchObject({ data: { colour: 'blue' } });
    expect(await rehearsal.list(query)).toHaveLength(1);
    expect((await rehearsal.raw('/livez')).status).toBe(503);
  });

  it('remembers in order what would be written, each object once and with its last content', async () => {
    const rehearsal = overlayKubeClient();
    await rehearsal.create(settings({ colour: 'blue' }));
    await rehearsal.create(settings({}, 'second'));
    await rehearsal.update({
      ...settings({ colour: 'red' }),
      metadata: { ...settings({}).metadata, resourceVersion: '7' },
    });
    await rehearsal.create(settings({}, 'dropped'));
    await rehearsal.delete({ ...ref, name: 'dropped' });
    expect(rehearsal.written()).toEqual([settings({ colour: 'red' }), settings({}, 'second')]);
  });

  it('patches what only the real thing would bring: a node that registers', async () => {
    const rehearsal = overlayKubeClient();
    await rehearsal.patch({ apiVersion: 'v1', kind: 'Node', name: 'cp1' }, 'strategic', {
      metadata: { labels: { a: '' } },
    });
    expect(rehearsal.written()).toEqual([
      { apiVersion: 'v1', kind: 'Node', metadata: { name: 'cp1', labels: { a: '' } } },
    ]);
  });

  it('refuses as a cluster would: 409 for a second creation, 404 for an update of nothing', async () => {
    const rehearsal = overlayKubeClient();
    await rehearsal.create(settings({}));
    await expect(rehearsal.create(settings({}))).rejects.toMatchObject({ status: 409, reason: 'AlreadyExists' });
    await expect(rehearsal.update(settings({}, 'nowhere'))).rejects.toMatchObject({ status: 404, reason: 'NotFound' });
  });
});

describe('a rehearsal over a cluster', () => {
  it('reads through, writes nowhere, and shows its own writes and deletions', async () => {
    const cluster = new FakeKube(settings({ colour: 'blue' }), settings({}, 'other'));
    const before = cluster.objects();
    const rehearsal = overlayKubeClient(cluster);
    expect(await rehearsal.get(ref)).toMatchObject({ data: { colour: 'blue' } });
    await rehearsal.apply(settings({ colour: 'red' }));
    expect(await rehearsal.delete({ ...ref, name: 'other' })).toBe(true);
    await rehearsal.create(settings({}, 'new'));
    const names = (await rehearsal.list(query)).map(({ metadata }) => metadata.name);
    expect(names.sort()).toEqual(['new', 'settings']);
    expect(await rehearsal.get({ ...ref, name: 'other' })).toBeUndefined();
    expect(cluster.objects()).toEqual(before);
    expect(cluster.calls.filter((call) => !/^(get|list) /.test(call))).toEqual([]);
  });

  it('takes an object for the same in every version of its group', async () => {
    const role = { kind: 'ClusterRole', metadata: { name: 'viewer' }, rules: [] };
    const rehearsal = overlayKubeClient(new FakeKube());
    await rehearsal.create({ ...role, apiVersion: 'rbac.authorization.k8s.io/v1' });
    const found = await rehearsal.get({
      apiVersion: 'rbac.authorization.k8s.io/v1beta1',
      kind: 'ClusterRole',
      name: 'viewer',
    });
    expect(found).toMatchObject({ metadata: { name: 'viewer' } });
  });

  it('watches the present state and ends when it is told to', async () => {
    const rehearsal = overlayKubeClient(new FakeKube(settings({})));
    const stop = new AbortController();
    const seen: string[] = [];
    for await (const { type, object } of rehearsal.watch(query, stop.signal)) {
      seen.push(`${type} ${object.metadata.name}`);
      stop.abort();
    }
    expect(seen).toEqual(['ADDED settings']);
  });
});
