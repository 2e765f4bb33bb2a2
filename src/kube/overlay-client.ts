import { once } from 'node:events';
import { defined } from '../defined.ts';
import type { KubeClient, KubeObject, ListQuery, ObjectRef } from './client.ts';
import { KubeError } from './error.ts';
import { patchedObject } from './patch.ts';
import { groupOf, referenceTo } from './resources.ts';
import { matchesFields, matchesLabels } from './selector.ts';

/** A client that writes nowhere and remembers what it would have written. */
export interface OverlayKubeClient extends KubeClient {
  /** Objects that would have been written, in the order of their first write and with their last content. */
  written(): readonly KubeObject[];
}

/**
 * A client for rehearsals (dry run, plan, output folder): it answers from `base`, or 'absent' without one, as if what was
 * written through it were there.
 */
export function overlayKubeClient(base?: KubeClient): OverlayKubeClient {
  /** By identity; undefined where it would have been deleted. */
  const overlay = new Map<string, KubeObject | undefined>();

  const get = async (ref: ObjectRef): Promise<KubeObject | undefined> =>
    overlay.has(keyOf(ref)) ? overlay.get(keyOf(ref)) : base?.get(ref);

  const put = (object: KubeObject): KubeObject => {
    overlay.set(keyOf(referenceTo(object)), object);
    return object;
  };

  const list = async (query: ListQuery): Promise<readonly KubeObject[]> => {
    const there = (await base?.list(query)) ?? [];
    const own = [...overlay.values()].filter((object) => object !== undefined && matches(object, query));
    return [...there.filter((object) => !overlay.has(keyOf(referenceTo(object)))), ...(own as KubeObject[])];
  };

  return {
    server: base?.server ?? 'https://no-cluster-yet',
    get,
    list,
    async *watch(query, signal) {
      for (const object of await list(query)) yield { type: 'ADDED', object };
      if (!signal.aborted) await once(signal, 'abort');
    },
    async create(object) {
      if ((await get(referenceTo(object))) === undefined) return put(object);
      throw new KubeError(409, 'AlreadyExists', `create ${object.kind} ${object.metadata.name}: it already exists`);
    },
    tryToCreate: async (object) => base?.tryToCreate(object),
    async update(object) {
      if ((await get(referenceTo(object))) !== undefined) return put(object);
      throw new KubeError(404, 'NotFound', `update ${object.kind} ${object.metadata.name}: there is none`);
    },
    // A rehearsal may patch what only the real thing would bring (a Node that the kubelet registers).
    patch: async (ref, type, body) => put(patchedObject((await get(ref)) ?? bareObject(ref), type, body)),
    apply: async (object) => {
      const there = await get(referenceTo(object));
      return put(there === undefined ? object : patchedObject(there, 'merge', object));
    },
    async delete(ref) {
      const there = await get(ref);
      if (there !== undefined) overlay.set(keyOf(ref), undefined);
      return there !== undefined;
    },
    async evict(namespace, pod) {
      overlay.set(keyOf({ apiVersion: 'v1', kind: 'Pod', namespace, name: pod }), undefined);
    },
    raw: async (path) => (base === undefined ? { status: 503, body: '' } : base.raw(path)),
    close: () => base?.close(),
    written: () => [...overlay.values()].filter((object) => object !== undefined).map(withoutServerFields),
  };
}

/** An object is the same one in every version of its group. */
function keyOf({ apiVersion, kind, namespace = '', name }: ObjectRef): string {
  return [groupOf(apiVersion), kind, namespace, name].join('/');
}

function matches(
  object: KubeObject,
  { apiVersion, kind, namespace, labelSelector, fieldSelector }: ListQuery,
): boolean {
  return (
    object.kind === kind &&
    groupOf(object.apiVersion) === groupOf(apiVersion) &&
    (namespace === undefined || object.metadata.namespace === namespace) &&
    matchesLabels(labelSelector, object.metadata.labels) &&
    matchesFields(fieldSelector, object)
  );
}

function bareObject({ apiVersion, kind, name, namespace }: ObjectRef): KubeObject {
  return { apiVersion, kind, metadata: { name, ...defined({ namespace }) } };
}

function withoutServerFields(object: KubeObject): KubeObject {
  const { uid, creationTimestamp, managedFields, generation, ...rest } = object.metadata;
  // kubeadm itself sends resourceVersion "0" with a Service; any other one is the server's.
  const { resourceVersion, ...metadata } = rest;
  return { ...object, metadata: resourceVersion === '0' ? rest : metadata };
}
