import type * as z from 'zod';
import type { TextOf, YamlPath } from '../yaml-place.ts';
import { didYouMean } from './nearest.ts';
import { strangeLetters } from './strange-characters.ts';

/** A value that has been checked against its schema, without nulls and unknown fields. */
export interface Decoded<T> {
  readonly value: T;
  /** Fields that the schema does not know: warnings or errors, as the caller likes. */
  readonly unknown: readonly FieldProblem[];
  /** The unknown fields themselves, in their places, to be kept on a round trip. */
  readonly rest: Readonly<Record<string, unknown>>;
}

export interface FieldProblem {
  readonly path: YamlPath;
  readonly message: string;
}

/** Null stands for absent. */
export type Given<T> = T extends readonly (infer Item)[]
  ? Given<Item>[]
  : T extends object
    ? { [Key in keyof T]: Given<Exclude<T[Key], null>> }
    : T;

/**
 * `value` by `schema`, or everything that is wrong with it, numbers and words as `textOf` has them in the file. Unknown
 * fields alone do not make it wrong.
 */
export function decode<T extends z.ZodType>(
  schema: T,
  value: unknown,
  textOf: TextOf = () => undefined,
):
  | Decoded<Given<z.output<T>>>
  | { readonly problems: readonly FieldProblem[]; readonly unknown: readonly FieldProblem[] } {
  const first = schema.safeParse(value);
  const issues = first.error?.issues ?? [];
  const strangers = issues.filter((issue) => issue.code === 'unrecognized_keys');
  const unknown = strangers.flatMap(unknownFields);
  const problems = issues
    .filter((issue) => issue.code !== 'unrecognized_keys')
    .map((issue) => explain(issue, value, textOf));
  if (problems.length > 0) return { problems, unknown };
  const paths = unknown.map(({ path }) => path);
  const known = paths.length === 0 ? first.data : schema.parse(without(value, paths));
  return { value: withoutNulls(known) as Given<z.output<T>>, unknown, rest: only(value, paths) };
}

function unknownFields(issue: z.core.$ZodIssueUnrecognizedKeys): FieldProblem[] {
  const known = issue.message.split(',');
  return issue.keys.map((key) => ({
    path: [...issue.path, key] as YamlPath,
    message: `is not a field here${didYouMean(key, known)}`,
  }));
}

function explain(issue: z.core.$ZodIssue, root: unknown, textOf: TextOf): FieldProblem {
  const path = issue.path as YamlPath;
  const [value, text] = [at(root, path), textOf(path)];
  switch (issue.code) {
    case 'invalid_type':
      if (isArguments(path, value)) return { path, message: otherArguments(value) };
      return value === undefined || value === null
        ? { path, message: 'is required' }
        : {
            path,
            message: `has to be ${typeName(issue.expected)}, not ${describe(value, text)}${quoteHint(issue.expected === 'string', value, text)}`,
          };
    case 'invalid_value':
      return {
        path,
        message: `has to be ${issue.values.map((each) => JSON.stringify(each)).join(' or ')}${insteadOf(value, text, issue.values)}`,
      };
    case 'custom':
      return { path, message: issue.message };
    default:
      return { path, message: `is not valid: ${describe(value, text)}` };
  }
}

/** Maps of arguments became lists with v1beta4; both are valid YAML, so only their shape tells which one was meant. */
function isArguments(path: YamlPath, value: unknown): value is object {
  return typeof value === 'object' && value !== null && ['extraArgs', 'kubeletExtraArgs'].includes(String(path.at(-1)));
}

function otherArguments(value: object): string {
  if (Array.isArray(value))
    return 'has to be a mapping before v1beta4, not a list: write "NAME: VALUE" for each argument';
  const name = Object.keys(value)[0] ?? 'NAME';
  return `has to be a list from v1beta4 on, not a mapping: write "- {name: ${name}, value: VALUE}" for each argument`;
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

function typeName(expected: string): string {
  return typeNames[expected] ?? expected;
}

/** Which of the values a text most likely was meant to be, without saying it again; of other things what they are. */
function insteadOf(value: unknown, text: string | undefined, values: readonly unknown[]): string {
  if (typeof value !== 'string') return `, not ${describe(value, text)}`;
  const strange = strangeLetters(value);
  return `${didYouMean(value, values.map(String))}${strange === '' ? '' : `; in it stands ${strange}`}`;
}

/** What kind of value it is, written as in the file; never the value of a text, which may be a secret. */
export function describe(value: unknown, written?: string): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return value === null ? 'null' : 'a mapping';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'number') return `the number ${written ?? value}`;
  return written === undefined || written === String(value)
    ? String(value)
    : `${written}, which YAML reads as ${value}`;
}

/** How a number or a word that YAML takes for something else becomes the text that was expected. */
export function quoteHint(expectsText: boolean, value: unknown, written = String(value)): string {
  const scalar = typeof value === 'number' || typeof value === 'boolean';
  return expectsText && scalar ? `: put it in quotes ("${written}")` : '';
}

function at(root: unknown, path: YamlPath): unknown {
  return path.reduce<unknown>(
    (value, step) => (isMapping(value) && Object.hasOwn(value, step) ? value[step] : undefined),
    root,
  );
}

function isMapping(value: unknown): value is Record<string | number, unknown> {
  return typeof value === 'object' && value !== null;
}

function without(value: unknown, paths: readonly YamlPath[]): unknown {
  const copy = structuredClone(value);
  for (const path of paths) {
    const parent = at(copy, path.slice(0, -1));
    const key = path.at(-1);
    if (isMapping(parent) && key !== undefined) Reflect.deleteProperty(parent, key);
  }
  return copy;
}

/** The unknown fields below mappings; what is strange inside a list cannot be put back and is left out. */
function only(value: unknown, paths: readonly YamlPath[]): Record<string, unknown> {
  const rest: Record<string, unknown> = {};
  for (const path of paths.filter((each) => each.every((step) => typeof step === 'string' && step !== '__proto__'))) {
    let parent = rest;
    for (const step of path.slice(0, -1)) {
      const child = parent[step];
      const next = isMapping(child) && Object.hasOwn(parent, step) ? child : {};
      parent[step] = next;
      parent = next;
    }
    const key = path.at(-1);
    if (key !== undefined) parent[key] = at(value, path);
  }
  return rest;
}

/** Mappings without their nulls: null stands for absent. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== null && each !== undefined);
  return Object.fromEntries(entries.map(([key, each]) => [key, withoutNulls(each)]));
}
