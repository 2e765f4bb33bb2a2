import { formatDuration, parseDuration } from '../config/duration.ts';
import { type GoType, type Structure, structureOf } from '../release/go-types.ts';
import { kubeletFieldsPrintedEmpty } from '../release/kubelet-fields.ts';
import { canonicalQuantity, withCanonicalQuantities } from './quantity.ts';
import { unsetFields } from './unset-fields.ts';

type Fields = Readonly<Record<string, unknown>>;

/** `given` with what it leaves unset taken from `defaults`, at any depth; empty text and null count as unset, as in Go. */
export function fill(given: Fields, defaults: Fields): Record<string, unknown> {
  const filled: Record<string, unknown> = { ...given };
  for (const [name, value] of Object.entries(defaults)) {
    const own = filled[name];
    if (own === undefined || own === null || own === '') filled[name] = value;
    else if (isFields(own) && isFields(value)) filled[name] = fill(own, value);
  }
  return filled;
}

/** What Go prints of a KubeletConfiguration in which nothing is set. */
export function unsetKubeletFields({ apiVersion: _, kind: __, ...fields }: Structure): Record<string, unknown> {
  return unsetFields(fields, (name) => !kubeletFieldsPrintedEmpty.includes(name));
}

/** The user's fields as Go would print them: durations in their long form, zeros that Go takes for unset left out. */
export function asGoPrints(given: Fields, types: Structure): Record<string, unknown> {
  const kept = Object.entries(given).filter(
    ([name, value]) => value !== null && (isPointer(types[name]) || !isZero(value)),
  );
  return Object.fromEntries(kept.map(([name, value]) => [name, printed(name, value, types[name])]));
}

function printed(name: string, value: unknown, type: GoType | undefined): unknown {
  if (typeof type === 'string' && type.endsWith('Duration')) return longForm(value);
  if (type === 'resource.Quantity') return canonicalQuantity(value);
  if (name === 'reservedMemory') return withCanonicalQuantities(value);
  const structure = structureOf(type);
  if (structure && isFields(value)) return asGoPrints(value, structure);
  if (structure && name === 'registerWithTaints' && Array.isArray(value)) {
    return value.map((taint) => (isFields(taint) ? asGoPrints(taint, structure) : taint));
  }
  return value;
}

function longForm(value: unknown): unknown {
  const seconds = typeof value === 'string' ? parseDuration(value) : undefined;
  return seconds === undefined ? value : formatDuration(seconds);
}

/** A pointer to a zero is not the same as nothing. */
function isPointer(type: GoType | undefined): boolean {
  return type?.[0] === '*';
}

function isZero(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isFields(value)) return Object.keys(value).length === 0;
  return value === 0 || value === '' || value === false;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
