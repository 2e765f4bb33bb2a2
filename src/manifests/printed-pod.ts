import { withCanonicalQuantities } from './quantity.ts';

/** A pod or deployment as Go prints it after reading it: quantities in their form, no zero that it omits. */
export function asGoPrintsPods<T extends object>(object: T): T {
  return withoutZeros(withCanonicalQuantities(object)) as T;
}

/** Fields without a pointer that are omitted when they are empty (k8s.io/api/core/v1 types.go). */
const omitted: ReadonlySet<string> = new Set([
  'failureThreshold',
  'hostIPC',
  'hostNetwork',
  'hostPID',
  'hostPort',
  'initialDelaySeconds',
  'periodSeconds',
  'readOnly',
  'stdin',
  'stdinOnce',
  'subPath',
  'successThreshold',
  'timeoutSeconds',
  'tty',
  'value',
]);

/** Mappings of the user's own keys. */
const maps: ReadonlySet<string> = new Set(['annotations', 'labels', 'matchLabels', 'nodeSelector']);

function withoutZeros(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutZeros);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name, inner]) => inner || !omitted.has(name));
  return Object.fromEntries(kept.map(([name, inner]) => [name, maps.has(name) ? inner : withoutZeros(inner)]));
}
