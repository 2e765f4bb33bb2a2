import { KinitError } from '../../errors.ts';
import type { Observed } from '../observed.ts';
import { pathOf } from './seen-path.ts';

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
  | Kept
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'service'; readonly name: string; readonly active: boolean; readonly enabled: boolean }
  | { readonly kind: 'command'; readonly argv: readonly string[] }
  /** A node that took pods. */
  | { readonly kind: 'cordoned'; readonly node: string };

/** What was there has a copy on the host, with its modes and owners. */
export interface Kept {
  readonly kind: 'kept';
  readonly path: string;
  /** It is what links at the path lead to. */
  readonly follow?: boolean;
  /** Where the copy is. */
  readonly at: string;
}

/** The same before the journal has given the copy its place. */
export type Undoing = Exclude<UndoEntry, Kept> | Omit<Kept, 'at'>;

export interface FileBefore {
  readonly content: string;
  readonly mode: number;
  readonly owner: string;
}

/** How a file of others is of which some lines are about to be changed. Throws KinitError where its bytes are no text. */
export function editedFile(path: string, { files }: Observed, after: string): Undoing {
  const there = files.get(path);
  if (there === undefined) throw new Error(`${path} is changed without having been looked at`);
  const before =
    there.type === 'absent' ? null : { content: exactText(path, there.content), mode: there.mode, owner: there.owner };
  return { kind: 'file', path, before, after };
}

/**
 * What is to be done before something is put at a path that was looked at: a copy of what is there, which the host makes,
 * or the note that nothing was.
 */
export function keptOrNew(path: string, observed: Observed, follow = true): Undoing {
  const there = pathOf(path, observed);
  if (there === undefined) throw new Error(`${path} is changed without having been looked at`);
  return there.type === 'absent' ? newFile(path) : { kind: 'kept', path, ...(follow ? { follow } : {}) };
}

/** A file that is made where there was none. */
export function newFile(path: string): Undoing {
  return { kind: 'file', path, before: null };
}

/** A file's text. Throws KinitError where its bytes are none: they would not come back as they were. */
export function exactText(path: string, content: Buffer | undefined): string {
  const text = content?.toString('utf8');
  if (text !== undefined && content?.equals(Buffer.from(text))) return text;
  throw new KinitError(`${path} is not text in UTF-8, so kinit leaves it alone`, {
    hint: `iconv -f gb18030 -t utf-8, or whatever it is written in; or leave this step out with --skip-phases`,
  });
}
