import { isDeepStrictEqual } from 'node:util';
import { isRecord } from './merge-patch.ts';

/** The field by which the items of a list are told apart; lists without one are replaced as a whole. */
export type MergeKeys = Readonly<Record<string, string>>;

/** patchMergeKey of core/v1's pods and what they hold (k8s.io/api/core/v1/types.go). */
export const podMergeKeys: MergeKeys = {
  containers: 'name',
  env: 'name',
  ephemeralContainers: 'name',
  hostAliases: 'ip',
  imagePullSecrets: 'name',
  initContainers: 'name',
  ownerReferences: 'uid',
  ports: 'containerPort',
  resourceClaims: 'name',
  schedulingGates: 'name',
  topologySpreadConstraints: 'topologyKey',
  volumeDevices: 'devicePath',
  volumeMounts: 'mountPath',
  volumes: 'name',
};

/**
 * `target` after a strategic merge patch: as a merge patch, but lists with a merge key merge item by item, and the
 * directives `$patch`, `$retainKeys`, `$deleteFromPrimitiveList` and `$setElementOrder` are obeyed
 * (k8s.io/apimachinery strategicpatch). Throws RangeError where the patch does not fit.
 */
export function strategicMerge(target: unknown, patch: unknown, keys: MergeKeys): unknown {
  if (!isRecord(patch)) throw new RangeError('a strategic merge patch is an object');
  return mergeObject(isRecord(target) ? target : {}, patch, keys);
}

type Members = Readonly<Record<string, unknown>>;

function mergeObject(target: Members, patch: Members, keys: MergeKeys): Members {
  const directive = patch['$patch'];
  if (directive === 'delete') return {};
  if (directive === 'replace') return withoutDirectives(patch);
  if (directive !== undefined && directive !== 'merge')
    throw new RangeError(`$patch: ${String(directive)} is not known`);
  const merged = new Map(Object.entries(retained(target, patch['$retainKeys'])));
  for (const [name, value] of Object.entries(withoutDirectives(patch))) {
    if (value === null) merged.delete(name);
    else merged.set(name, mergeMember(name, merged.get(name), value, keys));
  }
  for (const [name, value] of Object.entries(patch)) {
    const list = name.split('/')[1];
    if (list === undefined || !Array.isArray(value)) continue;
    if (name.startsWith('$deleteFromPrimitiveList/')) merged.set(list, without(merged.get(list), value));
    if (name.startsWith('$setElementOrder/')) merged.set(list, ordered(merged.get(list), value, keys[list]));
  }
  return Object.fromEntries(merged);
}

function mergeMember(name: string, target: unknown, patch: unknown, keys: MergeKeys): unknown {
  if (isRecord(patch)) return mergeObject(isRecord(target) ? target : {}, patch, keys);
  const key = keys[name];
  if (!Array.isArray(patch) || key === undefined) return patch;
  return mergeList(name, Array.isArray(target) ? target : undefined, patch, key, keys);
}

function mergeList(
  name: string,
  target: readonly unknown[] | undefined,
  patch: readonly unknown[],
  key: string,
  keys: MergeKeys,
): readonly unknown[] {
  const items = patch.map((item) => {
    if (isRecord(item) && (item[key] !== undefined || isReplacement(item))) return item;
    throw new RangeError(`every item of ${name} needs its "${key}"`);
  });
  const wanted = items.filter((item) => item['$patch'] !== 'delete' && !isReplacement(item));
  if (items.some(isReplacement)) return wanted.map(withoutDirectives);
  if (target === undefined) return wanted.map((item) => mergeObject({}, item, keys));
  const deleted = new Set(items.filter((item) => item['$patch'] === 'delete').map((item) => item[key]));
  const merged = target.filter((item) => !deleted.has(keyOf(item, key)));
  const order = merged.map((item) => keyOf(item, key));
  for (const item of wanted) {
    // Of several with this key (ports of UDP and TCP) the first is meant; the others stay.
    const place = merged.findIndex((other) => keyOf(other, key) === item[key]);
    const there = merged[place];
    merged.splice(place < 0 ? merged.length : place, 1, mergeObject(isRecord(there) ? there : {}, item, keys));
  }
  const rank = (item: unknown) => wanted.findIndex((other) => other[key] === keyOf(item, key));
  const patched = merged.filter((item) => rank(item) >= 0).sort((a, b) => rank(a) - rank(b));
  const untouched = merged.filter((item) => rank(item) < 0);
  return interleave(untouched, patched, order, key);
}

/** An item `{$patch: replace}` makes the patch's list the whole list. */
function isReplacement(item: Members): boolean {
  return item['$patch'] === 'replace' && Object.keys(item).length === 1;
}

/**
 * Untouched items keep their place before those patched items that stood behind them; the patch's own order holds
 * (strategicpatch mergeSortedSlice).
 */
function interleave(
  untouched: readonly unknown[],
  patched: readonly unknown[],
  order: readonly unknown[],
  key: string,
) {
  const merged: unknown[] = [];
  const left = [...untouched];
  for (const item of patched) {
    const place = order.indexOf(keyOf(item, key));
    while (left.length > 0 && place >= 0 && order.indexOf(keyOf(left[0], key)) < place) merged.push(left.shift());
    merged.push(item);
  }
  return [...merged, ...left];
}

function keyOf(item: unknown, key: string): unknown {
  return isRecord(item) ? item[key] : undefined;
}

function withoutDirectives(patch: Members): Members {
  return Object.fromEntries(Object.entries(patch).filter(([name]) => !name.startsWith('$')));
}

function retained(target: Members, names: unknown): Members {
  if (!Array.isArray(names)) return target;
  return Object.fromEntries(Object.entries(target).filter(([name]) => names.includes(name)));
}

function without(list: unknown, values: readonly unknown[]): unknown {
  return Array.isArray(list) ? list.filter((item) => !values.some((value) => isDeepStrictEqual(item, value))) : list;
}

function ordered(list: unknown, order: readonly unknown[], key: string | undefined): unknown {
  if (!Array.isArray(list)) return list;
  const rank = (item: unknown) => {
    const name = key === undefined ? item : keyOf(item, key);
    const index = order.findIndex((other) => (key === undefined ? other : keyOf(other, key)) === name);
    return index < 0 ? order.length : index;
  };
  return list.toSorted((a, b) => rank(a) - rank(b));
}
