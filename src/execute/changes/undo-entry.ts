import { KinitError } from '../../errors.ts';
import type { Observed } from '../observed.ts';

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

/** How a file is now that is about to be changed. Throws KinitError where its bytes are no text. */
export function fileEntry(path: string, { files }: Observed, more: { readonly after?: string } = {}): UndoEntry {
  const there = files.get(path);
  if (there === undefined) throw new Error(`${path} is changed without having been looked at`);
  const before =
    there.type === 'absent' ? null : { content: textOf(path, there.content), mode: there.mode, owner: there.owner };
  return { kind: 'file', path, before, ...more };
}

/** A file that is made where there was none. */
export function newFile(path: string): UndoEntry {
  return { kind: 'file', path, before: null };
}

/** A file's text. Throws KinitError where its bytes are none: they would not come back as they were. */
export function textOf(path: string, content: Buffer | undefined): string {
  const text = content?.toString('utf8');
  if (text !== undefined && content?.equals(Buffer.from(text))) return text;
  throw new KinitError(`${path} is not text in UTF-8, so kinit leaves it alone`, {
    hint: `iconv -f gb18030 -t utf-8, or whatever it is written in; or leave this step out with --skip-phases`,
  });
}
