import type { KubeObject, PatchType } from './client.ts';
import { KubeError } from './error.ts';

/** The object as the API server would have it after a patch. Throws KubeError (422) where a JSON patch does not apply. */
export function patchedObject(object: KubeObject, type: PatchType, body: unknown): KubeObject {
  if (type === 'json') return (body as readonly JsonOperation[]).reduce(afterOperation, structuredClone(object));
  return merged(object, body, type === 'strategic') as KubeObject;
}

/** Lists that a strategic patch merges by a field of their elements; it replaces the others (k8s.io/api's patchMergeKey). */
const mergeKeys: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  volumes: 'name',
  env: 'name',
  volumeMounts: 'mountPath',
  imagePullSecrets: 'name',
  ownerReferences: 'uid',
  addresses: 'type',
  conditions: 'type',
};

/** RFC 7386, and where `strategic`, lists merged by their key. */
function merged(before: unknown, patch: unknown, strategic: boolean): unknown {
  if (!isMap(patch)) return patch;
  const result: Record<string, unknown> = isMap(before) ? { ...before } : {};
  for (const [key, value] of Object.entries(patch)) {
    const mergeKey = mergeKeys[key];
    if (value === null) delete result[key];
    else if (strategic && mergeKey !== undefined && Array.isArray(value) && Array.isArray(result[key])) {
      result[key] = mergedList(result[key], value, mergeKey);
    } else result[key] = merged(result[key], value, strategic);
  }
  return result;
}

function mergedList(before: readonly unknown[], patch: readonly unknown[], mergeKey: string): unknown[] {
  const keyOf = (element: unknown) => (isMap(element) ? element[mergeKey] : undefined);
  const result = [...before];
  for (const element of patch) {
    const at = result.findIndex((other) => keyOf(other) === keyOf(element));
    if (isMap(element) && element['$patch'] === 'delete') result.splice(at, at < 0 ? 0 : 1);
    else if (at < 0) result.push(element);
    else result[at] = merged(result[at], element, true);
  }
  return result;
}

interface JsonOperation {
  readonly op: 'add' | 'remove' | 'replace' | 'test';
  readonly path: string;
  readonly value?: unknown;
}

/** RFC 6902 without `move` and `copy`. */
function afterOperation(object: KubeObject, { op, path, value }: JsonOperation): KubeObject {
  const keys = path
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = keys.pop() ?? '';
  const parent = keys.reduce<unknown>(
    (at, key) => (isMap(at) || Array.isArray(at) ? (at as never)[key] : undefined),
    object,
  );
  const refuse = () => new KubeError(422, 'Invalid', `the JSON patch does not apply at ${path}`);
  if (Array.isArray(parent)) {
    const index = last === '-' ? parent.length : Number(last);
    if (!Number.isInteger(index) || index > parent.length || (op !== 'add' && index === parent.length)) throw refuse();
    if (op === 'test') requireEqual(parent[index], value, refuse);
    else parent.splice(index, op === 'add' ? 0 : 1, ...(op === 'remove' ? [] : [value]));
    return object;
  }
  if (!isMap(parent) || (op !== 'add' && !(last in parent))) throw refuse();
  if (op === 'test') requireEqual(parent[last], value, refuse);
  else if (op === 'remove') delete parent[last];
  else parent[last] = value;
  return object;
}

function requireEqual(found: unknown, expected: unknown, refuse: () => KubeError): void {
  if (JSON.stringify(found) !== JSON.stringify(expected)) throw refuse();
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
