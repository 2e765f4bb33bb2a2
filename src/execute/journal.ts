import { KinitError } from '../errors.ts';
import { parseJson } from '../json.ts';
import { Secret } from '../secret.ts';
import type { Change } from './change.ts';
import { kindOf } from './changes/table.ts';
import type { UndoEntry, Undoing } from './changes/undo-entry.ts';
import type { Decided } from './decided.ts';
import type { Observed, Reads } from './observed.ts';
import { maySecret } from './own-lines.ts';
import { journalFolder, undoRecord } from './record-paths.ts';
import { reverted } from './reverted.ts';

/**
 * What undoes a stage's changes, written to the host before they are made. What was there stays on the host, as copies that
 * nobody but root can read; the record names them.
 */
export interface Journal {
  readonly name: string;
  /** The file that holds the entries, in the order of the changes. */
  readonly record: string;
  /**
   * `reset`: how the host was before kinit came; the first entry for a thing stays. `done`: the stage's own, and gone with
   * its end: one that is there tells of a run that stopped half-way. `told`: of several stages, and gone when their workflow
   * says so.
   */
  readonly until: 'reset' | 'done' | 'told';
}

/** Of all that makes a host ready for Kubernetes; v0.1.0 wrote it at the same place. */
export const preparation: Journal = { name: 'preparation', record: undoRecord, until: 'reset' };

/** A journal that ends when its stage is done. */
export function passingJournal(name: string): Journal {
  return { name, record: `${journalFolder}/${name}.json`, until: 'done' };
}

/** A journal of several stages: what one of them has changed is brought back with what the others did. */
export function journalOfStages(name: string): Journal {
  return { ...passingJournal(name), until: 'told' };
}

/** What has to be seen before a stage that keeps the journal is decided. */
export function journalReads({ record }: Journal): Reads {
  return { files: [record] };
}

/** The entries of a journal, in the order of the changes; none where it is not there. Throws KinitError where it is damaged. */
export function entriesOf(journal: Journal, { files }: Observed): readonly UndoEntry[] {
  const text = files.get(journal.record)?.content?.toString('utf8');
  return text === undefined ? [] : parseJournal(text, journal.record);
}

/** The entries of a record. Throws KinitError where it is damaged. */
export function parseJournal(text: string, path = undoRecord): readonly UndoEntry[] {
  try {
    const { entries } = parseJson(text) as { entries: readonly UndoEntry[] };
    if (Array.isArray(entries) && entries.every(isEntry)) return entries;
  } catch {
    // told below
  }
  throw new KinitError(`${path} is damaged, so what it has recorded cannot be undone`, {
    hint: 'look at what it says, undo it by hand, and remove the file',
  });
}

/** What each kind of entry has to hold. */
const shapes: Readonly<Record<string, Readonly<Record<string, (value: unknown) => boolean>>>> = {
  file: { path: isText, before: isBefore, after: (value: unknown) => value === undefined || isText(value) },
  kept: { path: isText, at: isText },
  directory: { path: isText },
  service: { name: isText, active: isFlag, enabled: isFlag },
  command: { argv: (value: unknown) => Array.isArray(value) && value.length > 0 && value.every(isText) },
  cordoned: { node: isText },
} satisfies Record<UndoEntry['kind'], object>;

function isEntry(value: unknown): value is UndoEntry {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Readonly<Record<string, unknown>>;
  const kind = String(fields['kind']);
  const shape = Object.hasOwn(shapes, kind) ? shapes[kind] : undefined;
  return shape !== undefined && Object.entries(shape).every(([field, holds]) => holds(fields[field]));
}

function isBefore(value: unknown): boolean {
  if (value === null) return true;
  const { content, mode, owner } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return isText(content) && Number.isInteger(mode) && isText(owner);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isFlag(value: unknown): boolean {
  return typeof value === 'boolean';
}

/**
 * The changes with, before all of them, what is kept of what they change: copies first, then the record that names them;
 * what is recorded already stays as it was the first time. Behind them a journal that ends with its stage goes.
 */
export function journaled(decided: readonly Decided[], observed: Observed, journal: Journal): readonly Decided[] {
  const known = entriesOf(journal, observed);
  const entries = decided
    .flatMap(({ change }) => kindOf(change).undo(change, observed))
    .reduce((all, entry) => merged(all, entry, journal), known);
  const phase = decided[0]?.phase ?? journal.name;
  const isNew = JSON.stringify(entries) !== JSON.stringify(known);
  const records = isNew && decided.length > 0 ? recording(entries, known, journal) : [];
  const after = journal.until === 'done' && entries.length > 0 ? ended(journal) : [];
  return [
    ...(journal.until === 'done' && known.length > 0 ? [goingOn(journal)] : []).map((change) => ({ phase, change })),
    ...records.map((change) => ({ phase, change })),
    ...decided,
    ...after.map((change) => ({ phase: decided.at(-1)?.phase ?? phase, change })),
  ];
}

function recording(entries: readonly UndoEntry[], known: readonly UndoEntry[], { record }: Journal): readonly Change[] {
  const copies = entries.slice(known.length).flatMap((entry): Change[] => {
    if (entry.kind !== 'kept') return [];
    const { path, at, follow } = entry;
    return [{ kind: 'copy', from: path, to: at, ...(follow ? { follow } : {}) }];
  });
  const content = new Secret(`${JSON.stringify({ version: 2, entries }, null, 1)}\n`);
  return [
    ...(copies.length > 0 ? [{ kind: 'directory', path: journalFolder, mode: 0o700 } as const] : []),
    ...copies,
    { kind: 'file', path: record, content, mode: 0o600 },
  ];
}

function goingOn({ name }: Journal): Change {
  return { kind: 'note', text: `[${name}] An earlier run stopped half-way here: going on from where it stopped` };
}

/** The journal gone, its record first: what it names is there as long as it is. */
export function ended({ name, record }: Journal): readonly Change[] {
  return [
    { kind: 'absent', path: record, transient: true },
    { kind: 'absent', path: copiesOf(name), transient: true },
  ];
}

/** What a journal may have left, for who knows that nothing is undone by it any more: a killed run has taken away some. */
export function remainsOf({ name, record }: Journal): readonly string[] {
  return [record, copiesOf(name)];
}

function copiesOf(name: string): string {
  return `${journalFolder}/${name}`;
}

function merged(entries: readonly UndoEntry[], entry: Undoing, { name }: Journal): readonly UndoEntry[] {
  const at = entries.findIndex((other) => keyOf(other) === keyOf(entry));
  const there = entries[at];
  if (there === undefined) {
    const place = `${copiesOf(name)}/${entries.length}`;
    return [...entries, entry.kind === 'kept' ? { ...entry, at: place } : entry];
  }
  if (there.kind !== 'file' || entry.kind !== 'file' || entry.after === undefined) return entries;
  return entries.with(at, { ...there, after: entry.after });
}

function keyOf(entry: Undoing): string {
  switch (entry.kind) {
    case 'file':
    case 'kept':
    case 'directory':
      return `path ${entry.path}`;
    case 'service':
      return `service ${entry.name}`;
    case 'command':
      return JSON.stringify(entry.argv);
    case 'cordoned':
      return `node ${entry.node}`;
  }
}

/** What has to be seen of a host before what a journal tells of is undone. */
export function undoReads(entries: readonly UndoEntry[]): Reads {
  return {
    files: entries.flatMap((entry) => (entry.kind === 'file' ? [entry.path] : [])),
    services: entries.flatMap((entry) => (entry.kind === 'service' ? [entry.name] : [])),
  };
}

/** What brings everything back, in reverse, in the order in which it is to happen. */
export interface Back {
  /** Services that did not run, stopped; then files and whatever commands bring back. */
  readonly things: readonly Change[];
  /** Folders that were made, where nothing is in them. */
  readonly folders: readonly Change[];
  /** Services that ran, once the files that they read are back. */
  readonly services: readonly Change[];
}

/** The changes that bring back what the entries tell of; `phase` is whose lines they say. */
export function undone(entries: readonly UndoEntry[], observed: Observed, phase: string): Back {
  const backwards = entries.toReversed();
  const services = backwards.filter((entry) => entry.kind === 'service');
  return {
    things: [
      ...services.filter(({ active }) => !active).map((entry) => stopped(entry, phase)),
      ...backwards.flatMap((entry) => back(entry, observed, phase)),
    ],
    folders: backwards.flatMap((entry) => (entry.kind === 'directory' ? [emptied(entry.path)] : [])),
    services: services.filter(({ active }) => active).map(again),
  };
}

function back(entry: UndoEntry, observed: Observed, phase: string): readonly Change[] {
  switch (entry.kind) {
    case 'command':
      return [{ kind: 'command', argv: entry.argv, optional: true }];
    case 'cordoned':
      return [{ kind: 'drain', how: 'back', node: entry.node, deadline: 0 }];
    case 'kept': {
      const { path, at, follow } = entry;
      return [{ kind: 'copy', from: at, to: path, ...(follow ? { follow } : {}), says: restoring(path, phase) }];
    }
    case 'file':
      return restored(entry, observed, phase);
    case 'directory':
    case 'service':
      return [];
  }
}

type FileEntry = UndoEntry & { readonly kind: 'file' };
type ServiceEntry = UndoEntry & { readonly kind: 'service' };

/** The file as it was; where others have edited it since, only kinit's own lines are turned back. */
function restored({ path, before, after }: FileEntry, observed: Observed, phase: string): readonly Change[] {
  if (before === null) return [{ kind: 'absent', path }];
  const now = observed.files.get(path)?.content?.toString('utf8');
  if (after !== undefined && now === undefined) return [];
  const text = after === undefined || now === undefined ? before.content : reverted(now, before.content, after);
  const { mode, owner } = before;
  return [{ kind: 'file', path, content: maySecret(text), mode, owner, says: restoring(path, phase) }];
}

function restoring(path: string, phase: string): string {
  return `[${phase}] Restoring ${path}`;
}

function stopped({ name, enabled }: ServiceEntry, phase: string): Change {
  const says = `[${phase}] Stopping ${name}`;
  return { kind: 'service', name, state: 'stopped', ...(enabled ? {} : { enabled: false }), says };
}

/** It ran before with what the restored files say; whether it starts at boot is as it was. */
function again({ name, enabled }: ServiceEntry): Change {
  const boot = `systemctl --quiet ${enabled ? 'enable' : 'disable'} "$1"`;
  const script = `systemctl daemon-reload && ${boot} && systemctl restart "$1"`;
  return { kind: 'command', argv: ['sh', '-c', script, 'kinit', name], deadline: 120 };
}

/** A folder gone, only where nothing is in it. */
export function emptied(path: string): Change {
  return { kind: 'command', argv: ['sh', '-c', 'rmdir "$1" 2>/dev/null || :', 'kinit', path] };
}
