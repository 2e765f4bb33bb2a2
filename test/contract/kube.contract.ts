import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeClient, KubeObject, WatchEvent } from '../../src/kube/client.ts';

export interface KubeFixture {
  readonly client: KubeClient;
  readonly close: () => Promise<void>;
}

/** What every KubeClient keeps towards a cluster that it may write to. Works in a namespace of its own. */
export function kubeContract(name: string, makeClient: () => Promise<KubeFixture>): void {
  const id = randomBytes(4).toString('hex');
  const namespace = `kinit-contract-${id}`;
  let fixture: KubeFixture;
  let client: KubeClient;

  const settings = (
    suffix: string,
    data: Record<string, string> = {},
    labels: Record<string, string> = {},
  ): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `settings-${suffix}`, namespace, labels },
    data,
  });
  const reference = (suffix: string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    name: `settings-${suffix}`,
    namespace,
  });
  const query = { apiVersion: 'v1', kind: 'ConfigMap', namespace } as const;

  describe(`${name}: objects`, () => {
    beforeAll(async () => {
      fixture = await makeClient();
      client = fixture.client;
      await client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    });

    afterAll(async () => {
      await client.delete({ apiVersion: 'v1', kind: 'Namespace', name: namespace });
      await fixture.close();
    });

    it('gives undefined for what is not there', async () => {
      expect(await client.get(reference('absent'))).toBeUndefined();
    });

    it('creates an object, which then has a version and an identity', async () => {
      const created = await client.create(settings('new', { colour: 'blue' }));
      expect(created).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1', data: { colour: 'blue' } });
      expect(created.metadata.resourceVersion).toMatch(/^\d+$/);
      expect(created.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
      expect(await client.get(reference('new'))).toEqual(created);
    });

    it('refuses to create what is there already: 409 AlreadyExists', async () => {
      await client.create(settings('twice'));
      await expect(client.create(settings('twice'))).rejects.toMatchObject({ status: 409, reason: 'AlreadyExists' });
    });

    it('tries whether an object would be made, and makes none', async () => {
      await client.tryToCreate(settings('tried'));
      expect(await client.get(reference('tried'))).toBeUndefined();
      await client.create(settings('tried'));
      await expect(client.tryToCreate(settings('tried'))).rejects.toMatchObject({ status: 409 });
    });

    it('refuses an update of an older version: 409 Conflict', async () => {
      const first = await client.create(settings('contended', { colour: 'blue' }));
      const second = await client.update({ ...first, data: { colour: 'red' } });
      expect(second.metadata.resourceVersion).not.toBe(first.metadata.resourceVersion);
      await expect(client.update({ ...first, data: { colour: 'green' } })).rejects.toMatchObject({
        status: 409,
        reason: 'Conflict',
      });
      expect(await client.get(reference('contended'))).toMatchObject({ data: { colour: 'red' } });
    });

    it('updates whatever is there when no version is given', async () => {
      await client.create(settings('plain', { colour: 'blue', shape: 'round' }));
      await client.update(settings('plain', { colour: 'red' }));
      expect((await client.get(reference('plain')))?.['data']).toEqual({ colour: 'red' });
    });

    it('refuses to update what is not there: 404 NotFound', async () => {
      await expect(client.update(settings('nowhere'))).rejects.toMatchObject({ status: 404, reason: 'NotFound' });
    });

    it.each([
      ['merge', { data: { shape: null, size: 'large' } }],
      ['strategic', { data: { shape: null, size: 'large' } }],
      [
        'json',
        [
          { op: 'remove', path: '/data/shape' },
          { op: 'add', path: '/data/size', value: 'large' },
        ],
      ],
    ] as const)('changes parts by a %s patch', async (type, body) => {
      await client.create(settings(type, { colour: 'blue', shape: 'round' }));
      expect(await client.patch(reference(type), type, body)).toMatchObject({
        data: { colour: 'blue', size: 'large' },
      });
      expect((await client.get(reference(type)))?.['data']).toEqual({ colour: 'blue', size: 'large' });
    });

    it('refuses to patch what is not there: 404 NotFound', async () => {
      await expect(client.patch(reference('nowhere'), 'merge', {})).rejects.toMatchObject({ status: 404 });
    });

    it('applies an object whether it is there or not', async () => {
      await client.apply(settings('applied', { colour: 'blue' }));
      await client.apply(settings('applied', { colour: 'red' }));
      expect((await client.get(reference('applied')))?.['data']).toEqual({ colour: 'red' });
    });

    it('says whether there was anything to delete', async () => {
      await client.create(settings('short-lived'));
      expect(await client.delete(reference('short-lived'))).toBe(true);
      expect(await client.delete(reference('short-lived'))).toBe(false);
      expect(await client.get(reference('short-lived'))).toBeUndefined();
    });

    it('deletes the very one at once, and no other of its name', async () => {
      const { metadata } = await client.create(settings('the-one'));
      await expect(client.delete(reference('the-one'), { uid: 'another' })).rejects.toMatchObject({ status: 409 });
      expect(await client.delete(reference('the-one'), { uid: metadata.uid ?? '' })).toBe(true);
      expect(await client.delete(reference('the-one'), { uid: metadata.uid ?? '' })).toBe(false);
    });

    it('keeps names apart that need escaping', async () => {
      const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name: `kinit:contract:${id}` };
      await client.create({ ...role, metadata: { name: role.name }, rules: [] });
      expect(await client.get(role)).toMatchObject({ kind: 'ClusterRole', metadata: { name: role.name } });
      expect(await client.delete(role)).toBe(true);
    });

    it('takes the text of a secret and keeps it as base64', async () => {
      const metadata = { name: 'hidden', namespace };
      await client.create({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata,
        type: 'Opaque',
        stringData: { word: 'sesame' },
      });
      const found = await client.get({ apiVersion: 'v1', kind: 'Secret', name: 'hidden', namespace });
      expect(found).toMatchObject({ data: { word: Buffer.from('sesame').toString('base64') } });
    });

    it('lists by label, by field, and in all namespaces; items know their kind', async () => {
      await client.create(settings('a', {}, { tier: `front-${id}` }));
      await client.create(settings('b', {}, { tier: `back-${id}` }));
      const names = async (selection: object) =>
        (await client.list({ ...query, ...selection })).map(({ metadata }) => metadata.name);
      expect(await names({ labelSelector: `tier=front-${id}` })).toEqual(['settings-a']);
      expect(await names({ labelSelector: `tier in (front-${id}, back-${id})` })).toEqual(['settings-a', 'settings-b']);
      expect(await names({ labelSelector: `tier,tier!=front-${id}` })).toEqual(['settings-b']);
      expect(await names({ fieldSelector: 'metadata.name=settings-b' })).toEqual(['settings-b']);
      const everywhere = await client.list({ apiVersion: 'v1', kind: 'ConfigMap', labelSelector: `tier=front-${id}` });
      expect(everywhere).toMatchObject([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace } }]);
    });

    it('lists nothing of a kind that the cluster does not serve, and finds none of it', async () => {
      const unknown = { apiVersion: 'nowhere.example.com/v1', kind: 'Gadget' };
      expect(await client.list(unknown)).toEqual([]);
      expect(await client.get({ ...unknown, name: 'one' })).toBeUndefined();
    });

    it('creates an object of a kind that has just been defined', async () => {
      const group = `contract-${id}.kinit.dev`;
      const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
      const definition = {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: `widgets.${group}` },
        spec: {
          group,
          scope: 'Namespaced',
          names: { kind: 'Widget', plural: 'widgets', singular: 'widget', listKind: 'WidgetList' },
          versions: [{ name: 'v1', served: true, storage: true, schema }],
        },
      };
      await client.create(definition);
      try {
        const metadata = { name: 'one', namespace };
        await client.create({ apiVersion: `${group}/v1`, kind: 'Widget', metadata, size: 3 });
        const found = await client.get({ apiVersion: `${group}/v1`, kind: 'Widget', name: 'one', namespace });
        expect(found).toMatchObject({ kind: 'Widget', size: 3 });
      } finally {
        await client.delete({ ...definition, name: definition.metadata.name });
      }
    });

    it('gives the status and body of a plain path', async () => {
      const version = await client.raw('/version');
      expect(version.status).toBe(200);
      expect(JSON.parse(version.body)).toHaveProperty('gitVersion');
      expect((await client.raw('/no/such/path')).status).toBe(404);
    });

    it('evicts nothing quietly where the pod is gone already', async () => {
      await expect(client.evict(namespace, 'gone')).resolves.toBeUndefined();
    });

    it('watches: what is there, then every change, until it is told to stop', async () => {
      const labels = { watched: id };
      const first = await client.create(settings('present', { colour: 'blue' }, labels));
      const stop = new AbortController();
      const seen: string[] = [];
      const told = watching(client.watch({ ...query, labelSelector: `watched=${id}` }, stop.signal), (event) => {
        const { metadata, data } = event.object as KubeObject & { data?: { colour?: string } };
        seen.push(`${event.type} ${metadata.name} ${data?.colour ?? ''}`.trim());
      });
      await told.until(() => seen.length >= 1);
      await client.update({ ...first, data: { colour: 'red' } });
      await client.create(settings('later', {}, labels));
      await client.create(settings('unrelated'));
      await client.delete(reference('present'));
      await told.until(() => seen.length >= 4);
      stop.abort();
      await told.ended;
      expect(seen).toEqual([
        'ADDED settings-present blue',
        'MODIFIED settings-present red',
        'ADDED settings-later',
        'DELETED settings-present red',
      ]);
    });
  });
}

/** Consumes a watch; `until` resolves as soon as its condition holds after some event. */
export function watching(events: AsyncIterable<WatchEvent>, note: (event: WatchEvent) => void) {
  const waiting = new Set<() => void>();
  const ended = (async () => {
    for await (const event of events) {
      note(event);
      for (const check of waiting) check();
    }
  })();
  const until = (holds: () => boolean) =>
    new Promise<void>((resolve, reject) => {
      const check = () => {
        if (!holds()) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      ended.then(() => (holds() ? resolve() : reject(new Error('the watch ended too early'))), reject);
      check();
    });
  return { until, ended };
}
