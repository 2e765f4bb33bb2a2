import { placeText, type TextOf, type YamlPath } from './yaml-place.ts';

/** One document of a YAML file and where its parts stand. */
export interface YamlDocument {
  readonly value: unknown;
  readonly file: string;
  /** 1-based line on which the document's content starts. */
  readonly line: number;
  /** `cluster.yaml:12 networking.podSubnet`; for a path that is not there, the line of its nearest ancestor. */
  readonly placeOf: (path: YamlPath) => string;
  /** How a number or word without quotes is written: `1.30`, `0x10`, `yes`; undefined for all else. */
  readonly textOf: TextOf;
}

/** A value, the line it stands on, and the same for its parts. */
export interface Part {
  readonly value: unknown;
  /** As it stands there, where that is another way to write the value. */
  readonly text?: string;
  readonly line: number;
  readonly parts: ReadonlyMap<string | number, Part>;
  /** Values in it, aliases expanded. */
  readonly size: number;
}

const noParts: ReadonlyMap<string | number, Part> = new Map();

/** A scalar. */
export function leaf(value: unknown, line: number): Part {
  return { value, line, parts: noParts, size: 1 };
}

/** The document with this root. */
export function document(root: Part, file: string): YamlDocument {
  return {
    value: root.value,
    file,
    line: root.line,
    placeOf: (path) => placeText(file, lineOf(root, path), path),
    textOf: (path) => partAt(root, path)?.text,
  };
}

function partAt(root: Part, path: YamlPath): Part | undefined {
  return path.reduce<Part | undefined>((part, step) => part?.parts.get(step), root);
}

function lineOf(root: Part, path: YamlPath): number {
  let part = root;
  for (const step of path) {
    const next = part.parts.get(step);
    if (!next) break;
    part = next;
  }
  return part.line;
}

/** The mapping of these parts, with an own property for every name, `__proto__` too. */
export function plainObject(parts: ReadonlyMap<string, Part>): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [name, { value }] of parts) {
    Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
  }
  return object;
}
