import { type GoType, isPointerOrList, type Structure } from '../release/go-types.ts';

/**
 * What Go prints of a struct in which nothing is set, at any depth. `isOmitted` tells the fields with `omitempty`, of
 * which encoding/json prints structs alone.
 */
export function unsetFields(fields: Structure, isOmitted: (field: string) => boolean): Record<string, unknown> {
  const printed = Object.entries(fields).filter(([name, type]) => isStruct(type) || !isOmitted(name));
  return Object.fromEntries(printed.map(([name, type]) => [name, zero(type, isOmitted)]));
}

function zero(type: GoType, isOmitted: (field: string) => boolean): unknown {
  if (typeof type === 'string') return zeros[type] ?? null;
  return isPointerOrList(type) ? null : unsetFields(type, isOmitted);
}

/** Pointers, lists and maps are null. */
const zeros: Partial<Readonly<Record<string, string | number | boolean>>> = {
  bool: false,
  string: '',
  int32: 0,
  int64: 0,
  uint32: 0,
  float32: 0,
  float64: 0,
  'metav1.Duration': '0s',
  'resource.Quantity': '0',
  'time.Duration': 0,
  TimeOrMetaDuration: 0,
};

function isStruct(type: GoType): boolean {
  if (typeof type !== 'string') return !isPointerOrList(type);
  return type === 'metav1.Duration' || type === 'resource.Quantity' || type === 'TimeOrMetaDuration';
}
