import { withPatience } from '../https/retry.ts';
import type { Call } from './call.ts';
import { KubeError } from './error.ts';
import { knownResource, type Resource, versionPath } from './resources.ts';
import { kubeError } from './status.ts';

/** How long a kind that is not served yet (its CustomResourceDefinition is new) is waited for. */
const newKindMs = 10_000;

/** Finds the resource of a kind: known, or as the API server's discovery says (asked once per kind). */
export function resolver(call: Call) {
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
export async function servedEvictionVersion(call: Call): Promise<string> {
  const eviction = (await servedResources(call, 'v1')).find(({ name }) => name === 'pods/eviction');
  return `${eviction?.group ?? 'policy'}/${eviction?.version ?? 'v1'}`;
}
