import { KinitError } from '../errors.ts';
import { reveal, Secret } from '../secret.ts';
import type { Change } from './change.ts';
import type { Decided } from './decided.ts';
import type { Observed } from './observed.ts';

/** Where it is recorded how things were before preparation changed them. Only reset and down read it. */
export const undoRecord = '/var/lib/kinit/undo.json';
/** Names of the packages that kinit's installations have brought to a host, one a line; reset removes them. */
export const packageRecord = '/var/lib/kinit/packages';
/** The packages that were there before an installation that is not over. */
export const packagesBefore = '/var/lib/kinit/packages.before';

/** How one thing was, or what undoes it. */
export type UndoEntry =
  | {
      readonly kind: 'file';
      readonly path: string;
      /** null: there was none. */
      readonly before: FileBefore | null;
      /** What kinit wrote, where only lines of it are kinit's. */
      readonly after?: string;
    }
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'service'; readonly name: string; readonly active: boolean; readonly enabled: boolean }
  | { readonly kind: 'command'; readonly argv: readonly string[] };

export interface FileBefore {
  readonly content: string;
  readonly mode: number;
  readonly owner: string;
}

/** The entries of a record, in the order of the changes. Throws KinitError where it is damaged. */
export function parseUndoRecord(text: string): readonly UndoEntry[] {
  try {
    const { entries } = JSON.parse(text) as { entries: readonly UndoEntry[] };
    if (Array.isArray(entries)) return entries;
  } catch {
    // told below
  }
  throw new KinitError(`${undoRecord} is damaged, so what preparation changed cannot be undone`, {
    hint: 'look at what it says, undo it by hand, and remove the file',
  });
}

/**
 * The changes with, before all of them, the record of what they change: what is there already stays recorded as it was
 * the first time.
 */
export function recorded(decided: readonly Decided[], observed: Observed): readonly Decided[] {
  const old = observed.files.get(undoRecord)?.content?.toString('utf8');
  const known = old === undefined ? [] : parseUndoRecord(old);
  const entries = decided.flatMap(({ change }) => entriesOf(change, observed)).reduce(merged, known);
  if (decided.length === 0 || JSON.stringify(entries) === JSON.stringify(known)) return decided;
  const content = new Secret(`${JSON.stringify({ version: 1, entries }, null, 1)}\n`);
  const change: Change = { kind: 'file', path: undoRecord, content, mode: 0o600 };
  return [{ phase: decided[0]?.phase ?? '', change }, ...decided];
}

function merged(entries: readonly UndoEntry[], entry: UndoEntry): readonly UndoEntry[] {
  const at = entries.findIndex((other) => keyOf(other) === keyOf(entry));
  const there = entries[at];
  if (there === undefined) return [...entries, entry];
  if (there.kind !== 'file' || entry.kind !== 'file' || entry.after === undefined) return entries;
  return entries.with(at, { ...there, after: entry.after });
}

function keyOf(entry: UndoEntry): string {
  switch (entry.kind) {
    case 'file':
    case 'directory':
      return `path ${entry.path}`;
    case 'service':
      return `service ${entry.name}`;
    case 'command':
      return JSON.stringify(entry.argv);
  }
}

function entriesOf(change: Change, observed: Observed): readonly UndoEntry[] {
  switch (change.kind) {
    case 'file':
      return [fileEntry(change.path, observed, change.edit ? { after: reveal(change.content) } : {})];
    case 'directory':
      return [{ kind: 'directory', path: change.path }];
    case 'service': {
      const { active = false, enabled = false } = observed.services.get(change.name) ?? {};
      return [{ kind: 'service', name: change.name, active, enabled }];
    }
    case 'command':
      return [
        ...(change.rewrites ?? []).map((path) => fileEntry(path, observed)),
        ...(change.undo ? [{ kind: 'command' as const, argv: change.undo }] : []),
      ];
    default:
      return [];
  }
}

function fileEntry(path: string, { files }: Observed, more: { readonly after?: string } = {}): UndoEntry {
  const there = files.get(path);
  if (there === undefined) throw new Error(`${path} is changed without having been looked at`);
  const before =
    there.type === 'absent' ? null : { content: textOf(path, there.content), mode: there.mode, owner: there.owner };
  return { kind: 'file', path, before, ...more };
}

/** A file's text. Throws KinitError where its bytes are none: they would not come back as they were. */
export function textOf(path: string, content: Buffer | undefined): string {
  const text = content?.toString('utf8');
  if (text !== undefined && content?.equals(Buffer.from(text))) return text;
  throw new KinitError(`${path} is not text in UTF-8, so kinit leaves it alone`, {
    hint: `iconv -f gb18030 -t utf-8, or whatever it is written in; or leave this step out with --skip-phases`,
  });
}
