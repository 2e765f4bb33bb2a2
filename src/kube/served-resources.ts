import { jsonObject, wrongAnswer } from '../https/json-answer.ts';
import { withPatience } from '../https/retry.ts';
import type { Call } from './call.ts';
import { KubeError } from './error.ts';
import { knownResource, type Resource, versionPath } from './resources.ts';
import { kubeError } from './status.ts';

/** How long a kind that is not served yet (its CustomResourceDefinition is new) is waited for. */
const newKindMs = 10_000;

/** Finds the resource of a kind: known, or as the API server's discovery says (asked once per kind). */
export function resolver(call: Call, server: string) {
  const found = new Map<string, Resource>();
  return async ({ apiVersion, kind }: { apiVersion: string; kind: string }, wait: boolean): Promise<Resource> => {
    const key = `${apiVersion}/${kind}`;
    const resource =
      knownResource(apiVersion, kind) ?? found.get(key) ?? (await discovered({ call, server }, apiVersion, kind, wait));
    found.set(key, resource);
    return resource;
  };
}

async function discovered(api: Api, apiVersion: string, kind: string, wait: boolean): Promise<Resource> {
  return withPatience({ retryForMs: wait ? newKindMs : 0 }, async () => {
    const resource = (await servedResources(api, apiVersion)).find(
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

interface Api {
  readonly call: Call;
  readonly server: string;
}

async function servedResources({ call, server }: Api, apiVersion: string): Promise<readonly ServedResource[]> {
  const answer = await call('GET', versionPath(apiVersion));
  const what = `list the kinds of ${apiVersion}`;
  if (answer.status === 404) return [];
  if (answer.status !== 200) throw kubeError(answer, what);
  const { resources } = jsonObject(answer, { server, what });
  if (!Array.isArray(resources) || !resources.every(isServedResource)) {
    throw wrongAnswer({ server, what }, 'resources is not the list of kinds that it has to be');
  }
  return resources;
}

function isServedResource(value: unknown): value is ServedResource {
  const { name, kind, namespaced, group = '', version = '' } = (value ?? {}) as Partial<Record<string, unknown>>;
  return [name, kind, group, version].every((text) => typeof text === 'string') && typeof namespaced === 'boolean';
}

/** policy/v1 from v1.22 on, policy/v1beta1 before: the core group's discovery says which. */
export async function servedEvictionVersion(call: Call, server: string): Promise<string> {
  const eviction = (await servedResources({ call, server }, 'v1')).find(({ name }) => name === 'pods/eviction');
  return `${eviction?.group ?? 'policy'}/${eviction?.version ?? 'v1'}`;
}
