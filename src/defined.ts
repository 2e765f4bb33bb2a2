/** The properties that have a value: what is undefined is left out, which an optional property is not the same as. */
export function defined<T extends object>(properties: T): Defined<T> {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined)) as Defined<T>;
}

/** Properties that may be undefined become optional ones that may not. */
type Defined<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };
