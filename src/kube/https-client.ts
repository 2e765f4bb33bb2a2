import type { Dial } from '../https/connection.ts';
import { httpsEndpoint } from '../https/endpoint.ts';
import { explainFailure } from '../https/failure.ts';
import { type Asked, jsonObject, wrongAnswer } from '../https/json-answer.ts';
import type { Secret } from '../secret.ts';
import { caller, type Sent } from './call.ts';
import type { KubeClient, KubeObject, ListQuery, ObjectRef, PatchType } from './client.ts';
import { KubeError } from './error.ts';
import { collectionPath, objectPath, type Resource, referenceTo } from './resources.ts';
import { resolver, servedEvictionVersion } from './served-resources.ts';
import { fitted } from './shapes.ts';
import { kubeError } from './status.ts';
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
  /** What an answer may hold, in bytes; default: as an endpoint has it. */
  readonly maxBytes?: number;
  /** Milliseconds for one request; default 20 s: who hangs is asked once more within the time of trying again. */
  readonly timeoutMs?: number;
  /** Milliseconds for which a request that fails in passing (refused, reset, 429, 5xx) is tried again; default 30 s. */
  readonly retryForMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * A client over node:https with a few kept-alive connections. A method throws KubeError for an answer that says no, and
 * KinitError where the server cannot be reached (exit 6 where it is not the one that `ca` vouches for) or is no API server.
 */
export function httpsKubeClient(settings: KubeClientSettings): KubeClient {
  const { server, credentials, signal, timeoutMs = 20_000, retryForMs = 30_000 } = settings;
  const endpoint = httpsEndpoint({
    ...settings,
    timeoutMs,
    ...(credentials && 'certificate' in credentials ? { client: credentials } : {}),
  });
  const headers = {
    accept: 'application/json',
    // The API server takes the field manager's name from here.
    'user-agent': 'kinit',
    ...(credentials && 'token' in credentials ? { authorization: `Bearer ${credentials.token.reveal()}` } : {}),
  };
  const call = caller({ endpoint, server, headers, retryForMs, signal });
  const resourceOf = resolver(call, server);
  let evictionVersion: Promise<string> | undefined;

  async function request(verb: string, ref: ObjectRef, sent?: Sent): Promise<KubeObject> {
    const resource = await resourceOf(ref, verb !== 'GET' && verb !== 'DELETE');
    const path =
      verb === 'POST'
        ? collectionPath(ref.apiVersion, resource, ref.namespace ?? 'default')
        : objectPath(ref, resource);
    const answer = await call(verb, `${path}${sent?.suffix ?? ''}`, sent);
    const what = doing(verb, ref);
    if (answer.status >= 300) throw kubeError(answer, what, ref.kind === 'Secret');
    const asked = { server, what };
    // What is gone may be told by a Status.
    if (verb === 'DELETE') return jsonObject(answer, asked) as KubeObject;
    return objectFrom(jsonObject(answer, asked), ref, asked);
  }

  async function page(query: ListQuery) {
    const resource = await resourceOf(query, false);
    const path = `${collectionPath(query.apiVersion, resource, query.namespace)}${queryString(selectors(query))}`;
    const answer = await call('GET', path);
    const what = `list ${resource.plural}`;
    if (answer.status !== 200) throw kubeError(answer, what);
    return pageFrom(jsonObject(answer, { server, what }), query, { server, what });
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
        server,
        kind: query.kind,
        explain: (error) => explainFailure(error, server),
        retryForMs,
        stop,
      }),
    create: (object) => request('POST', referenceTo(object), json(object)),
    async tryToCreate(object) {
      await request('POST', referenceTo(object), { ...json(object), suffix: '?dryRun=All' });
    },
    update: (object, subresource) =>
      request('PUT', referenceTo(object), { ...json(object), ...(subresource ? { suffix: `/${subresource}` } : {}) }),
    patch: (ref, type, body) => request('PATCH', ref, { ...json(body), contentType: patchTypes[type] }),
    apply: (object) =>
      request('PATCH', referenceTo(object), {
        ...json(object),
        contentType: 'application/apply-patch+yaml',
        suffix: '?fieldManager=kinit&force=true',
      }),
    delete: (ref, atOnce) =>
      absentAs(false, async () => {
        const now = atOnce && { ...deleteOptions, gracePeriodSeconds: 0, preconditions: atOnce };
        // A Job's pods would stay: the API server's default for its old clients.
        const options = now ?? (ref.kind === 'Job' ? inBackground : undefined);
        await request('DELETE', ref, options && json(options));
        return true;
      }),
    async evict(namespace, pod) {
      evictionVersion ??= servedEvictionVersion(call, server).catch((error: unknown) => {
        // A failure that passes is not the next pod's.
        evictionVersion = undefined;
        throw error;
      });
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

const patchTypes = {
  strategic: 'application/strategic-merge-patch+json',
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
} as const satisfies Record<PatchType, string>;

const podResource: Resource = { plural: 'pods', namespaced: true };

async function absentAs<T, A>(absent: A, question: () => Promise<T>): Promise<T | A> {
  try {
    return await question();
  } catch (error) {
    if (error instanceof KubeError && error.status === 404) return absent;
    throw error;
  }
}

function pageFrom(list: Readonly<Record<string, unknown>>, query: ListQuery, asked: Asked) {
  const { items = [], metadata, kind } = list;
  const { resourceVersion = '' } = (metadata ?? {}) as { readonly resourceVersion?: unknown };
  if (typeof kind !== 'string' || !kind.endsWith('List')) {
    throw wrongAnswer(asked, typeof kind === 'string' ? `it is of kind ${kind}, no list` : 'it is not of any kind');
  }
  if (items !== null && !Array.isArray(items)) throw wrongAnswer(asked, 'items is not a list');
  if (typeof resourceVersion !== 'string') throw wrongAnswer(asked, 'metadata.resourceVersion is not a text');
  return { items: (items ?? []).map((item) => objectFrom(item, query, asked)), resourceVersion };
}

/** Items of lists come without their type. Throws WrongAnswer where a field is something else than it has to be. */
function objectFrom(
  value: unknown,
  { apiVersion, kind }: { apiVersion: string; kind: string },
  asked: Asked,
): KubeObject {
  const { value: object, wrong } = fitted(value, kind);
  if (wrong !== undefined) throw wrongAnswer(asked, `in its answer ${wrong}`);
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

const deleteOptions = { apiVersion: 'v1', kind: 'DeleteOptions' } as const;
const inBackground = { ...deleteOptions, propagationPolicy: 'Background' } as const;

function doing(verb: string, { kind, namespace, name }: ObjectRef): string {
  return `${verbs[verb] ?? verb} ${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}
