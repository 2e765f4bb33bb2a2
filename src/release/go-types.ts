/** Go types of values that are one scalar in YAML. */
export type GoScalar =
  | 'bool'
  | 'string'
  | 'int32'
  | 'int64'
  | 'uint32'
  | 'float32'
  | 'float64'
  | 'metav1.Duration'
  | 'metav1.Time'
  | 'resource.Quantity'
  /** Nanoseconds. */
  | 'time.Duration'
  /** k8s.io/component-base logs/api/v1: nanoseconds or the text of a duration. */
  | 'TimeOrMetaDuration';

type Composed = `*${GoScalar}` | `[]${GoScalar}` | `map[string]${GoScalar}` | 'map[string][]string';

/** The Go type of a field in a component's configuration: by its name, or a structure, a pointer to one or a list of them. */
export type GoType = GoScalar | Composed | Structure | readonly ['*' | '[]', Structure];

/** The fields of a Go struct by their names in YAML. */
export interface Structure {
  readonly [field: string]: GoType;
}

/** The names of a struct's fields, one word each, by their type. */
export type FieldsByType = { readonly [type in GoScalar | Composed]?: string };

/** The struct that has the fields of `byType`, and those that are structs themselves. */
export function struct(byType: FieldsByType, structures: Structure = {}): Structure {
  const named = Object.entries(byType).flatMap(([type, names]) =>
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, type as GoType] as const),
  );
  return { ...Object.fromEntries(named), ...structures };
}

/** The struct of a field that is one, points to one or lists them. */
export function structureOf(type: GoType | undefined): Structure | undefined {
  if (type === undefined || typeof type === 'string') return undefined;
  return isPointerOrList(type) ? type[1] : type;
}

export function isPointerOrList(type: GoType): type is readonly ['*' | '[]', Structure] {
  return Array.isArray(type);
}
