import { type Answer, type Dial, type Endpoint, httpsEndpoint } from '../https/endpoint.ts';
import { explainFailure } from '../https/failure.ts';
import { withPatience } from '../https/retry.ts';
import type { Secret } from '../secret.ts';
import type { KubeClient, KubeObject, ListQuery, ObjectRef, PatchType } from './client.ts';
import { KubeError } from './error.ts';
import { collectionPath, knownResource, objectPath, type Resource, referenceTo, versionPath } from './resources.ts';
import { isPassing, kubeError, retryAfterMs } from './status.ts';
import { watchEvents } from './watch.ts';

export type Credentials = { readonly certificate: string; readonly key: Secret } | { readonly token: Secret };

export interface KubeClientSettings {
  /** `https://host:port` */
  readonly server: string;
  /** PEM of the cluster's CA; without it, Node's own roots. */
  readonly ca?: string;
  /** Without them: anonymous. */
  readonly credentials?: Credentials;
  /** Take any certificate of the server: for discovery alone. */
  readonly insecure?: boolean;
  /** The name to expect in the server's certificate, where it is not the one in `server`. */
  readonly serverName?: string;
  /** The way to the server, `Host.connect` for one; without it, straight from this machine. */
  readonly dial?: Dial;
  /** Milliseconds for one request; default 30 s. */
  readonly timeoutMs?: number;
  /** Milliseconds for which a request that fails in passing (refused, reset, 429, 5xx) is tried again; default 30 s. */
  readonly retryForMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * A client over node:https with a few kept-alive connections. A method throws KubeError for an answer that says no, and
 * KinitError where the server cannot be reached (exit 6 where it is not the one that `ca` vouches for).
 */
export function httpsKubeClient(settings: KubeClientSettings): KubeClient {
  const { server, credentials, signal, retryForMs = 30_000 } = settings;
  const endpoint = httpsEndpoint({
    ...settings,
    ...(credentials && 'certificate' in credentials ? { client: credentials } : {}),
  });
  const headers = {
    accept: 'application/json',
    // The API server takes the field manager's name from here.
    'user-agent': 'kinit',
    ...(credentials && 'token' in credentials ? { authorization: `Bearer ${credentials.token.reveal()}` } : {}),
  };
  const call = caller({ endpoint, server, headers, retryForMs, signal });
  const resourceOf = resolver(call);
  let evictionVersion: Promise<string> | undefined;

  async function request(verb: string, ref: ObjectRef, sent?: Sent): Promise<KubeObject> {
    const resource = await resourceOf(ref, verb !== 'GET' && verb !== 'DELETE');
    const path =
      verb === 'POST'
        ? collectionPath(ref.apiVersion, resource, ref.namespace ?? 'default')
        : objectPath(ref, resource);
    const answer = await call(verb, `${path}${sent?.query ?? ''}`, sent);
    if (answer.status >= 300) throw kubeError(answer, doing(verb, ref), ref.kind === 'Secret');
    return withType(JSON.parse(answer.body), ref);
  }

  async function page(query: ListQuery) {
    const resource = await resourceOf(query, false);
    const path = `${collectionPath(query.apiVersion, resource, query.namespace)}${queryString(selectors(query))}`;
    const answer = await call('GET', path);
    if (answer.status !== 200) throw kubeError(answer, `list ${resource.plural}`);
    const { items, metadata } = JSON.parse(answer.body) as List;
    return {
      items: (items ?? []).map((item) => withType(item, query)),
      resourceVersion: metadata?.resourceVersion ?? '',
    };
  }

  return {
    server,
    get: (ref) => absentAs(undefined, () => request('GET', ref)),
    list: (query) => absentAs([], async () => (await page(query)).items),
    watch: (query, stop) =>
      watchEvents({
        page: () => page(query),
        open: async (resourceVersion, timeoutSeconds) => {
          const resource = await resourceOf(query, false);
          const parameters = {
            watch: '1',
            allowWatchBookmarks: 'true',
            resourceVersion,
            timeoutSeconds: `${timeoutSeconds}`,
          };
          const path = collectionPath(query.apiVersion, resource, query.namespace);
          return endpoint.stream({
            method: 'GET',
            path: `${path}${queryString({ ...selectors(query), ...parameters })}`,
            headers,
            signal: stop,
          });
        },
        explain: (error) => explainFailure(error, server),
        retryForMs,
        stop,
      }),
    create: (object) => request('POST', referenceTo(object), json(object)),
    update: (object) => request('PUT', referenceTo(object), json(object)),
    patch: (ref, type, body) => request('PATCH', ref, { ...json(body), contentType: patchTypes[type] }),
    apply: (object) =>
      request('PATCH', referenceTo(object), {
        ...json(object),
        contentType: 'application/apply-patch+yaml',
        query: '?fieldManager=kinit&force=true',
      }),
    delete: (ref) =>
      absentAs(false, async () => {
        await request('DELETE', ref);
        return true;
      }),
    async evict(namespace, pod) {
      evictionVersion ??= servedEvictionVersion(call);
      const eviction = { apiVersion: await evictionVersion, kind: 'Eviction', metadata: { name: pod, namespace } };
      const path = `${objectPath({ apiVersion: 'v1', kind: 'Pod', name: pod, namespace }, podResource)}/eviction`;
      // 429 is the answer of a disruption budget: when to ask again is for the drain to say.
      const answer = await call('POST', path, json(eviction), (status) => status !== 429);
      if (answer.status >= 300 && answer.status !== 404) throw kubeError(answer, `evict pod ${namespace}/${pod}`);
    },
    async raw(path) {
      try {
        const { status, body } = await endpoint.exchange({
          method: 'GET',
          path,
          headers,
          ...(signal ? { signal } : {}),
        });
        return { status, body };
      } catch (error) {
        throw explainFailure(error, server);
      }
    },
    close: () => endpoint.close(),
  };
}

interface Sent {
  readonly body: string;
  readonly contentType: string;
  readonly query?: string;
}

interface List {
  readonly items?: readonly unknown[];
  readonly metadata?: { readonly resourceVersion?: string };
}

type Call = (verb: string, path: string, sent?: Sent, retryOn?: (status: number) => boolean) => Promise<Answer>;

const patchTypes = {
  strategic: 'application/strategic-merge-patch+json',
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
} as const satisfies Record<PatchType, string>;

const podResource: Resource = { plural: 'pods', namespaced: true };

/** How long a kind that is not served yet (its CustomResourceDefinition is new) is waited for. */
const newKindMs = 10_000;

interface CallSettings {
  readonly endpoint: Endpoint;
  readonly server: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly retryForMs: number;
  readonly signal: AbortSignal | undefined;
}

/** One request, tried again while its failure may pass; a final status of any kind is an answer. */
function caller({ endpoint, server, headers, retryForMs, signal }: CallSettings): Call {
  return async (verb, path, sent, retryOn = () => true) => {
    let passing: Answer | undefined;
    try {
      return await withPatience<Answer>({ retryForMs, signal }, async () => {
        passing = undefined;
        const answer = await endpoint.exchange({
          method: verb,
          path,
          headers: sent ? { ...headers, 'content-type': sent.contentType } : headers,
          ...(sent ? { body: sent.body } : {}),
          ...(signal ? { signal } : {}),
        });
        if (!isPassing(answer.status) || !retryOn(answer.status)) return { value: answer };
        passing = answer;
        const afterMs = retryAfterMs(answer);
        return { retry: answer, ...(afterMs === undefined ? {} : { afterMs }) };
      });
    } catch (error) {
      if (passing !== undefined && error === passing) return passing;
      throw explainFailure(error, server);
    }
  };
}

/** The resource of a kind: known, or as the API server's discovery says (asked once per kind). */
function resolver(call: Call) {
  const found = new Map<string, Resource>();
  return async ({ apiVersion, kind }: { apiVersion: string; kind: string }, wait: boolean): Promise<Resource> => {
    const key = `${apiVersion}/${kind}`;
    const resource =
      knownResource(apiVersion, kind) ?? found.get(key) ?? (await discovered(call, apiVersion, kind, wait));
    found.set(key, resource);
    return resource;
  };
}

async function discovered(call: Call, apiVersion: string, kind: string, wait: boolean): Promise<Resource> {
  return withPatience({ retryForMs: wait ? newKindMs : 0 }, async () => {
    const resource = (await servedResources(call, apiVersion)).find(
      (each) => each.kind === kind && !each.name.includes('/'),
    );
    if (resource) return { value: { plural: resource.name, namespaced: resource.namespaced } };
    return { retry: new KubeError(404, 'NotFound', `the cluster serves no kind ${kind} in ${apiVersion}`) };
  });
}

interface ServedResource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly group?: string;
  readonly version?: string;
}

async function servedResources(call: Call, apiVersion: string): Promise<readonly ServedResource[]> {
  const answer = await call('GET', versionPath(apiVersion));
  if (answer.status === 404) return [];
  if (answer.status !== 200) throw kubeError(answer, `list the kinds of ${apiVersion}`);
  return (JSON.parse(answer.body) as { resources?: readonly ServedResource[] }).resources ?? [];
}

/** policy/v1 from v1.22 on, policy/v1beta1 before: the core group's discovery says which. */
async function servedEvictionVersion(call: Call): Promise<string> {
  const eviction = (await servedResources(call, 'v1')).find(({ name }) => name === 'pods/eviction');
  return `${eviction?.group ?? 'policy'}/${eviction?.version ?? 'v1'}`;
}

async function absentAs<T, A>(absent: A, question: () => Promise<T>): Promise<T | A> {
  try {
    return await question();
  } catch (error) {
    if (error instanceof KubeError && error.status === 404) return absent;
    throw error;
  }
}

/** Items of lists come without their type. */
function withType(object: unknown, { apiVersion, kind }: { apiVersion: string; kind: string }): KubeObject {
  return { apiVersion, kind, ...(object as object) } as KubeObject;
}

function json(body: unknown): Sent {
  return { body: JSON.stringify(body), contentType: 'application/json' };
}

function selectors({ labelSelector, fieldSelector }: ListQuery): Record<string, string> {
  return { ...(labelSelector ? { labelSelector } : {}), ...(fieldSelector ? { fieldSelector } : {}) };
}

function queryString(parameters: Readonly<Record<string, string>>): string {
  const text = new URLSearchParams(parameters).toString();
  return text && `?${text}`;
}

const verbs: Readonly<Record<string, string>> = {
  GET: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

function doing(verb: string, { kind, namespace, name }: ObjectRef): string {
  return `${verbs[verb] ?? verb} ${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}
