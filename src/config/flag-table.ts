import type { Release } from '../release/release.ts';
import type { YamlPath } from '../yaml-place.ts';
import { listFlag, type ReportFlag } from './flag-values.ts';

/** All that there is to know of a flag; its name is the row's key. */
export interface Flag<Field extends string = string> {
  /** What stands for its value in the help, `[...]` where it may be left out; a flag without one is a switch. */
  readonly value?: `<${string}>` | `[${string}]`;
  /** May be given again, and holds several between commas. */
  readonly list?: true;
  readonly short?: `-${string}`;
  readonly help: string;
  readonly default?: string;
  /** No flag but an argument, which messages name so. */
  readonly argument?: string;
  /** The fields of kubeadm's documents that it sets; what a later row of the table says of the same field counts. */
  readonly field?: Field | readonly Field[];
  /** The value of the field, reporting what is wrong; without it that is the text, the list or true. */
  readonly read?: (text: string, flag: string, report: ReportFlag) => unknown;
  /** Sets its field only beside this flag. */
  readonly only?: string;
  /** What it does beside a file that may have the field (kubeadm's ValidateMixedArguments); without it, it is refused there. */
  readonly besideFile?: 'overrides' | 'adds' | 'overrides in some releases';
  /** Phases that take it when they run alone, by kubeadm's names; `*` for all. */
  readonly phases?: string;
  /** Only phases that run alone take it. */
  readonly notWhole?: true;
  /** Its name in older releases. */
  readonly formerly?: { readonly name: string; readonly until: string };
}

/** The flags of a command, by name without dashes. */
export type FlagTable<Field extends string = string> = Readonly<Record<string, Flag<Field>>>;

type CamelCase<Name extends string> = Name extends `${infer Word}-${infer Rest}`
  ? `${Word}${Capitalize<CamelCase<Rest>>}`
  : Name;

type Value<Row> = Row extends { readonly list: true }
  ? readonly string[]
  : Row extends { readonly value: `[${string}` }
    ? string | true
    : Row extends { readonly value: string } | { readonly argument: string }
      ? string
      : boolean;

/** What commander hands over for the flags of a table: only what the user gave is there. */
export type FlagsOf<Table extends FlagTable> = {
  readonly [Name in keyof Table & string as CamelCase<Name>]?: Value<Table[Name]> | undefined;
};

type Below<Key extends string, Part> = Part extends readonly (infer Item)[]
  ? Item extends object
    ? `${Key}[0].${keyof Item & string}`
    : never
  : Part extends object
    ? `${Key}.${FieldPath<Part>}`
    : never;

/** Every field of a document as a row names it: `networking.podSubnet`, `bootstrapTokens[0].token`. */
export type FieldPath<Document> = {
  [Key in keyof Document & string]-?: Key | Below<Key, NonNullable<Document[Key]>>;
}[keyof Document & string];

type Given = Readonly<Record<string, unknown>>;

/** The documents with what the flags say set over what the file says. */
export function withFlags<Documents extends object>(
  documents: Documents,
  flags: Given,
  table: FlagTable,
  report: ReportFlag,
): Documents {
  let result: unknown = documents;
  for (const [name, row] of Object.entries(table)) {
    const given = flags[camelCase(name)];
    if (given === undefined || (row.only !== undefined && !flags[camelCase(row.only)])) continue;
    const value = fieldValue(row, given, nameOf(name, row), report);
    for (const path of fieldsOf(row).map(pathOf)) {
      result = setAt(result, path, row.besideFile === 'adds' ? together(getAt(result, path), value) : value);
    }
  }
  return result as Documents;
}

/**
 * The fields that given flags set, each with the flag: `networking.podSubnet` -> `--pod-network-cidr`. Those of one document
 * where the table has several: what stands before its fields.
 */
export function flagPlaces(flags: Given, table: FlagTable, document?: string): ReadonlyMap<string, string> {
  const before = document === undefined ? '' : `${document}.`;
  return new Map(
    given(flags, table).flatMap(([name, row]) =>
      fieldsOf(row)
        .filter((field) => field.startsWith(before))
        .map((field) => [field.slice(before.length), nameOf(name, row)] as const),
    ),
  );
}

/** kubeadm's ValidateMixedArguments: what stands in a configuration file cannot be a flag beside it. */
export function refuseMixed(flags: Given, table: FlagTable, report: ReportFlag): void {
  refuse(
    given(flags, table).filter(([, { field, besideFile }]) => field !== undefined && besideFile === undefined),
    report,
  );
}

/** The same for flags that the kubeadm of this version refuses beside --config, though an older one took them. */
export function refuseMixedFor(release: Release, flags: Given, table: FlagTable, report: ReportFlag): void {
  if (flags['config'] === undefined) return;
  const taken = release.configApi.besideConfig;
  refuse(
    given(flags, table).filter(
      ([name, { besideFile }]) => besideFile === 'overrides in some releases' && !taken.includes(name),
    ),
    report,
  );
}

function refuse(rows: readonly (readonly [string, Flag])[], report: ReportFlag): void {
  const names = rows.map(([name, row]) => nameOf(name, row)).sort();
  if (names.length > 0) report('--config', `cannot be mixed with ${names.join(', ')}: write it into the file`);
}

/** `podNetworkCidr` for `pod-network-cidr`, as commander names it. */
export function camelCase(name: string): string {
  return name.replace(/-./g, (letter) => letter.slice(1).toUpperCase());
}

function given(flags: Given, table: FlagTable): [string, Flag][] {
  return Object.entries(table).filter(([name]) => flags[camelCase(name)] !== undefined);
}

function nameOf(name: string, { argument }: Flag): string {
  return argument ?? `--${name}`;
}

function fieldsOf({ field }: Flag): readonly string[] {
  return typeof field === 'string' ? [field] : (field ?? []);
}

function fieldValue({ list, read }: Flag, given: unknown, flag: string, report: ReportFlag): unknown {
  if (list) return listFlag(given as readonly string[] | string);
  return read === undefined ? given : read(String(given), flag, report);
}

/** A flag `all` says more than any list in the file. */
function together(before: unknown, value: unknown): readonly string[] {
  const [file, flag] = [before ?? [], value] as readonly (readonly string[])[];
  if (flag?.length === 1 && flag[0]?.toLowerCase() === 'all') return flag;
  return [...new Set([...(file ?? []), ...(flag ?? [])])];
}

function pathOf(field: string): YamlPath {
  return field
    .split(/[.[\]]+/)
    .filter((step) => step !== '')
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
}

function getAt(part: unknown, path: YamlPath): unknown {
  return path.reduce((at, step) => (at as Readonly<Record<string | number, unknown>> | undefined)?.[step], part);
}

function setAt(part: unknown, [step, ...rest]: YamlPath, value: unknown): unknown {
  if (step === undefined) return value;
  const below = setAt(getAt(part, [step]), rest, value);
  if (typeof step === 'string') return { ...(part as object | undefined), [step]: below };
  const items = [...((part as readonly unknown[] | undefined) ?? [])];
  items[step] = below;
  return items;
}
