import { InputError } from './errors.ts';
import { lineIndex, type YamlPath } from './yaml-place.ts';

/** What Go's YAML takes for the end of a line or refuses, and YAML 1.2 for text (go-yaml v2, readerc.go and yamlprivateh.go). */
const readOtherwise = /[\u0085\u2028\u2029]|[\u007f-\u009f\ufffe\uffff]|(?!^)\ufeff/;

/**
 * Two readers that part such a text differently see two documents in it, kinit an innocent one and kubectl another. Throws
 * InputError with the character and its line.
 */
export function refuseHiddenBreaks(text: string, file: string): void {
  const found = readOtherwise.exec(text);
  if (found === null) return;
  const [character] = found;
  const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  const line = lineIndex(text)(found.index);
  const what = /[\u0085\u2028\u2029]/.test(character)
    ? `an invisible line break (U+${code}), at which Kubernetes begins a new line and other readers do not`
    : `an invisible character (U+${code}) that Kubernetes does not take`;
  throw new InputError([{ place: `${file}:${line}`, message: `holds ${what}: remove it, or write "\\u${code}"` }]);
}

/** The value with U+FFFD for each half of a surrogate pair, which no file can hold. */
export function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.isWellFormed() ? value : value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [wellFormed(key), wellFormed(part)]));
}

/** The places of texts with a NUL character, which no path, argument or variable of a process can hold. */
export function nulPaths(value: unknown, path: YamlPath = []): readonly YamlPath[] {
  if (typeof value === 'string') return value.includes('\0') ? [path] : [];
  if (typeof value !== 'object' || value === null) return [];
  const parts: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  return parts.flatMap(([step, part]) => nulPaths(part, [...path, step]));
}

/** What is wrong there. */
export const nulProblem = 'holds a NUL character, which no process takes';
