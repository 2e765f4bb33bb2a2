import { KinitError } from '../errors.ts';
import { Secret } from '../secret.ts';
import type { Change } from './change.ts';
import { kindOf } from './changes/table.ts';
import type { UndoEntry } from './changes/undo-entry.ts';
import type { Decided } from './decided.ts';
import type { Observed } from './observed.ts';
import { undoRecord } from './record-paths.ts';

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
  const entries = decided.flatMap(({ change }) => kindOf(change).undo(change, observed)).reduce(merged, known);
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
