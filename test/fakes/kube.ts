import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import type { KubeClient, KubeObject, ListQuery, ObjectRef, PatchType, WatchEvent } from '../../src/kube/client.ts';
import { KubeError } from '../../src/kube/error.ts';
import { patchedObject } from '../../src/kube/patch.ts';
import { groupOf, knownKind, knownResource, type Resource, referenceTo } from '../../src/kube/resources.ts';
import { matchesFields, matchesLabels } from '../../src/kube/selector.ts';
import { type Asked, authorize, type Identity, tokenIdentity } from './rbac.ts';

interface Fault {
  readonly match: RegExp;
  readonly error: Error;
  times: number;
}

interface Logged {
  readonly version: number;
  readonly event: WatchEvent;
}

/**
 * A cluster's API in memory: versions, conflicts, selectors, watches; and faults where a test wants them. Itself it lets
 * everything happen, as for system:masters; `as` is the same cluster for somebody else, with the rights that he has then.
 */
export class FakeKube implements KubeClient {
  readonly server: string = 'https://fake-kube:6443';
  /** Every request so far: `create Secret kube-system/bootstrap-token-abcdef`. */
  readonly calls: string[] = [];
  /** Answers of `raw` by path; others are 404. */
  readonly paths = new Map([
    ['/api', '{"kind":"APIVersions","versions":["v1"]}'],
    ['/livez', 'ok'],
    ['/readyz', 'ok'],
    ['/healthz', 'ok'],
    ['/version', '{"major":"1","minor":"31","gitVersion":"v1.31.0"}'],
  ]);
  /** Pods (`namespace/name`) whose eviction a disruption budget forbids. */
  readonly unevictable = new Set<string>();
  /** What others asked for, and who: `kubernetes-admin create ClusterRoleBinding kubeadm:cluster-admins`. */
  readonly asked: string[] = [];
  /** Milliseconds until a binding is in force: an API server looks at them through a cache. */
  bindingDelay = 0;
  /** Milliseconds since the epoch, for what expires. */
  clock: () => number = Date.now;
  readonly #objects = new Map<string, KubeObject>();
  readonly #kinds = new Map<string, Resource>();
  readonly #made = new Map<string, number>();
  readonly #log: Logged[] = [];
  readonly #changed = new EventEmitter().setMaxListeners(0);
  #faults: Fault[] = [];
  #version = 100;
  #oldestVersion = 0;

  constructor(...objects: readonly KubeObject[]) {
    for (const object of objects) this.#store(object, 'ADDED');
  }

  /** Makes the next requests whose line in `calls` matches fail. */
  failNext(match: RegExp, error: Error, times = 1): void {
    this.#faults.push({ match, error, times });
  }

  /** From now on a watch of anything earlier is answered with 410. */
  forgetHistory(): void {
    this.#oldestVersion = ++this.#version;
  }

  get version(): number {
    return this.#version;
  }

  /** As a plain snapshot, for assertions. */
  objects(kind?: string): readonly KubeObject[] {
    return [...this.#objects.values()].filter((object) => kind === undefined || object.kind === kind);
  }

  async get(ref: ObjectRef): Promise<KubeObject | undefined> {
    this.#record('get', ref);
    return this.#objects.get(keyOf(ref));
  }

  async list(query: ListQuery): Promise<readonly KubeObject[]> {
    this.#record('list', query);
    return this.#matching(query);
  }

  async *watch(query: ListQuery, signal: AbortSignal): AsyncGenerator<WatchEvent> {
    this.#record('watch', query);
    const since = this.#version;
    for (const object of this.#matching(query)) yield { type: 'ADDED', object };
    yield* this.changesSince(since, query, signal);
  }

  /** Throws KubeError (410) where the history does not reach back so far. */
  async *changesSince(version: number, query: ListQuery, signal: AbortSignal): AsyncGenerator<WatchEvent> {
    let told = version;
    while (!signal.aborted) {
      if (told < this.#oldestVersion) throw new KubeError(410, 'Expired', 'too old resource version');
      const news = this.#log.filter((logged) => logged.version > told && matches(logged.event.object, query));
      told = this.#version;
      for (const { event } of news) yield event;
      if (told === this.#version) await once(this.#changed, 'change', { signal }).catch(() => undefined);
    }
  }

  async create(object: KubeObject): Promise<KubeObject> {
    const ref = placed(object);
    this.#record('create', referenceTo(ref));
    this.#requireKind(object);
    if (this.#objects.has(keyOf(referenceTo(ref)))) {
      throw new KubeError(409, 'AlreadyExists', `create ${ref.kind} ${ref.metadata.name}: already exists`);
    }
    // A job comes to its end as soon as it is made.
    const status = { conditions: [{ type: 'Complete', status: 'True' }] };
    return this.#store(ref.kind === 'Job' ? { ...ref, status } : ref, 'ADDED');
  }

  async tryToCreate(object: KubeObject): Promise<void> {
    const ref = referenceTo(placed(object));
    this.#record('try', ref);
    this.#requireKind(object);
    if (this.#objects.has(keyOf(ref)))
      throw new KubeError(409, 'AlreadyExists', `create ${ref.kind} ${ref.name}: already exists`);
  }

  async update(object: KubeObject): Promise<KubeObject> {
    const ref = placed(object);
    this.#record('update', referenceTo(ref));
    const live = this.#require(referenceTo(ref));
    const { resourceVersion } = object.metadata;
    if (resourceVersion !== undefined && resourceVersion !== live.metadata.resourceVersion) {
      throw new KubeError(409, 'Conflict', `update ${ref.kind} ${ref.metadata.name}: the object has been modified`);
    }
    return this.#store(ref, 'MODIFIED', live);
  }

  async patch(ref: ObjectRef, type: PatchType, body: unknown): Promise<KubeObject> {
    this.#record('patch', ref);
    const live = this.#require(ref);
    return this.#store(patchedObject(live, type, body), 'MODIFIED', live);
  }

  async apply(object: KubeObject): Promise<KubeObject> {
    const ref = placed(object);
    this.#record('apply', referenceTo(ref));
    this.#requireKind(object);
    const live = this.#objects.get(keyOf(referenceTo(ref)));
    if (live === undefined) return this.#store(ref, 'ADDED');
    return this.#store(patchedObject(live, 'merge', ref), 'MODIFIED', live);
  }

  async delete(ref: ObjectRef, atOnce?: { readonly uid: string }): Promise<boolean> {
    this.#record('delete', ref);
    const live = this.#objects.get(keyOf(ref));
    if (live === undefined) return false;
    if (atOnce !== undefined && live.metadata.uid !== atOnce.uid) {
      throw new KubeError(
        409,
        'Conflict',
        `delete ${ref.kind} ${ref.name}: the UID in the precondition is another one`,
      );
    }
    this.#objects.delete(keyOf(ref));
    this.#tell('DELETED', versioned(live, ++this.#version));
    return true;
  }

  async evict(namespace: string, pod: string): Promise<void> {
    const ref = { apiVersion: 'v1', kind: 'Pod', namespace, name: pod };
    this.#record('evict', ref);
    if (this.unevictable.has(`${namespace}/${pod}`)) {
      throw new KubeError(429, 'TooManyRequests', `evict pod ${namespace}/${pod}: a disruption budget forbids it`);
    }
    if (this.#objects.delete(keyOf(ref))) this.#version++;
  }

  async raw(path: string): Promise<{ status: number; body: string }> {
    this.calls.push(`raw ${path}`);
    this.#failWhereWanted(`raw ${path}`);
    const body = this.paths.get(path);
    return body === undefined ? { status: 404, body: '404 page not found' } : { status: 200, body };
  }

  close(): void {}

  /** Throws the 403 of an API server where the identity may not do that now. */
  authorize(identity: Identity, asked: Asked): void {
    authorize(
      identity,
      asked,
      this.objects().filter((object) => this.#isInForce(object)),
    );
  }

  /** Who a bootstrap token is; undefined where the cluster does not take it. */
  identityOf(token: string): Identity | undefined {
    return tokenIdentity(token, this.objects(), this.clock());
  }

  /** The cluster as somebody else sees it; each request is authorized when it comes. */
  as(identity: Identity): KubeClient {
    return this.#seenBy(() => identity);
  }

  /** The cluster as it is seen with a bootstrap token: 401 where it is none (any more). */
  asToken(token: string): KubeClient {
    return this.#seenBy(() => {
      const identity = this.identityOf(token);
      if (identity === undefined) throw new KubeError(401, 'Unauthorized', 'Unauthorized');
      return identity;
    });
  }

  #seenBy(identity: () => Identity): KubeClient {
    const may = (verb: string, of: ObjectRef | ListQuery | KubeObject, subresource?: string) => {
      const asker = identity();
      const asked = this.#asked(of, verb);
      const name = 'metadata' in of ? (of as KubeObject).metadata.name : asked.name;
      this.asked.push(`${asker.user} ${verb} ${of.kind}${name === undefined ? '' : ` ${name}`}`);
      this.authorize(asker, { verb, subresource, ...asked });
    };
    return {
      server: this.server,
      get: async (ref) => {
        may('get', ref);
        return this.get(ref);
      },
      list: async (query) => {
        may('list', query);
        return this.list(query);
      },
      watch: (query, signal) => {
        may('watch', query);
        return this.watch(query, signal);
      },
      create: async (object) => {
        may('create', object);
        return this.create(object);
      },
      tryToCreate: async (object) => {
        may('create', object);
        return this.tryToCreate(object);
      },
      update: async (object, subresource) => {
        may('update', object, subresource);
        return this.update(object);
      },
      patch: async (ref, type, body) => {
        may('patch', ref);
        return this.patch(ref, type, body);
      },
      apply: async (object) => {
        may('patch', object);
        return this.apply(object);
      },
      delete: async (ref, atOnce) => {
        may('delete', ref);
        return this.delete(ref, atOnce);
      },
      evict: async (namespace, pod) => {
        may('create', { apiVersion: 'v1', kind: 'Pod', namespace, name: pod }, 'eviction');
        return this.evict(namespace, pod);
      },
      raw: async (path) => {
        try {
          this.authorize(identity(), { verb: 'get', path });
        } catch (error) {
          if (error instanceof KubeError) return { status: error.status, body: error.message };
          throw error;
        }
        return this.raw(path);
      },
      close: () => this.close(),
    };
  }

  /** The kind behind a path's plural, of those known and those defined. */
  kindOf(apiVersion: string, plural: string): string | undefined {
    const defined = [...this.#kinds].find(
      ([key, resource]) => key.startsWith(`${apiVersion}/`) && resource.plural === plural,
    );
    return knownKind(apiVersion, plural) ?? defined?.[0].slice(apiVersion.length + 1);
  }

  /** What discovery tells of a group and version. */
  resources(apiVersion: string): readonly { name: string; kind: string; namespaced: boolean }[] {
    return [...this.#kinds]
      .filter(([key]) => key.startsWith(`${apiVersion}/`))
      .map(([key, { plural, namespaced }]) => ({ name: plural, kind: key.slice(apiVersion.length + 1), namespaced }));
  }

  #isInForce({ kind, metadata: { uid = '' } }: KubeObject): boolean {
    return !kind.endsWith('RoleBinding') || Date.now() - (this.#made.get(uid) ?? 0) >= this.bindingDelay;
  }

  #asked(of: ObjectRef | ListQuery | KubeObject, verb: string) {
    const { apiVersion, kind } = of;
    const { name, namespace }: { name?: string; namespace?: string } =
      'metadata' in of ? (of as KubeObject).metadata : (of as { name?: string; namespace?: string });
    const resource = knownResource(apiVersion, kind) ?? this.#kinds.get(`${apiVersion}/${kind}`);
    const within = resource?.namespaced ? (namespace ?? (name === undefined ? undefined : 'default')) : undefined;
    const { fieldSelector } = of as ListQuery;
    return {
      group: groupOf(apiVersion),
      resource: resource?.plural ?? `${kind.toLowerCase()}s`,
      namespace: within,
      name: verb === 'create' && !('namespace' in of && 'name' in of) ? undefined : name,
      fieldSelector,
    };
  }

  #store(object: KubeObject, type: 'ADDED' | 'MODIFIED', live?: KubeObject): KubeObject {
    const stored = versioned(
      {
        ...withData(object),
        metadata: {
          creationTimestamp: new Date(0).toISOString(),
          ...object.metadata,
          uid: live?.metadata.uid ?? randomUUID(),
        },
      },
      ++this.#version,
    );
    this.#objects.set(keyOf(referenceTo(stored)), stored);
    if (type === 'ADDED') this.#made.set(stored.metadata.uid ?? '', Date.now());
    if (stored.kind === 'CustomResourceDefinition') this.#define(stored);
    this.#tell(type, stored);
    return stored;
  }

  #define(definition: KubeObject): void {
    const { group, names, versions, scope } = definition['spec'] as {
      group: string;
      scope: string;
      names: { kind: string; plural: string };
      versions: { name: string }[];
    };
    const resource = { plural: names.plural, namespaced: scope === 'Namespaced' };
    for (const { name } of versions) this.#kinds.set(`${group}/${name}/${names.kind}`, resource);
  }

  #tell(type: WatchEvent['type'], object: KubeObject): void {
    this.#log.push({ version: this.#version, event: { type, object } });
    this.#changed.emit('change');
  }

  #matching(query: ListQuery): readonly KubeObject[] {
    return [...this.#objects.values()].filter((object) => matches(object, query));
  }

  #require(ref: ObjectRef): KubeObject {
    const live = this.#objects.get(keyOf(ref));
    if (live === undefined) throw new KubeError(404, 'NotFound', `${ref.kind} ${ref.name} not found`);
    return live;
  }

  #requireKind({ apiVersion, kind }: KubeObject): void {
    if (knownResource(apiVersion, kind) || this.#kinds.has(`${apiVersion}/${kind}`)) return;
    throw new KubeError(404, 'NotFound', `the cluster serves no kind ${kind} in ${apiVersion}`);
  }

  #record(verb: string, { kind, namespace, name }: { kind: string; namespace?: string; name?: string }): void {
    const line = `${verb} ${kind}${name === undefined ? '' : ` ${namespace === undefined ? '' : `${namespace}/`}${name}`}`;
    this.calls.push(line);
    this.#failWhereWanted(line);
  }

  #failWhereWanted(line: string): void {
    const fault = this.#faults.find(({ match }) => match.test(line));
    if (fault === undefined) return;
    fault.times--;
    this.#faults = this.#faults.filter(({ times }) => times > 0);
    throw fault.error;
  }
}

function keyOf({ apiVersion, kind, namespace, name }: ObjectRef): string {
  return [groupOf(apiVersion), kind, namespaceOf(apiVersion, kind, namespace), name].join('/');
}

/** Where the API server puts it: a namespaced object without a namespace in `default`, one of the cluster in none. */
function placed(object: KubeObject): KubeObject {
  const { namespace: given, ...metadata } = object.metadata;
  const namespace = namespaceOf(object.apiVersion, object.kind, given);
  return { ...object, metadata: { ...metadata, ...(namespace === '' ? {} : { namespace }) } };
}

function namespaceOf(apiVersion: string, kind: string, given = ''): string {
  const resource = knownResource(apiVersion, kind);
  if (resource === undefined) return given;
  if (!resource.namespaced) return '';
  return given === '' ? 'default' : given;
}

/** As the API server keeps a Secret: what came as text becomes base64. */
function withData(object: KubeObject): KubeObject {
  const { stringData, ...rest } = object;
  if (object.kind !== 'Secret' || stringData === undefined) return object;
  const encoded = Object.entries(stringData as Record<string, string>).map(([key, text]) => [
    key,
    Buffer.from(text).toString('base64'),
  ]);
  return {
    ...rest,
    data: { ...(rest['data'] as object | undefined), ...Object.fromEntries(encoded) },
  } as unknown as KubeObject;
}

function versioned(object: KubeObject, version: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
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
