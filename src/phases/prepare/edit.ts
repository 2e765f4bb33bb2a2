import type { FileChange } from '../../execute/change.ts';
import { exactText } from '../../execute/changes/undo-entry.ts';
import type { Observed } from '../../execute/observed.ts';

/** The text of a file that was looked at; undefined where there is none. Throws KinitError where it is not text. */
export function textAt(path: string, { files }: Observed): string | undefined {
  const there = files.get(path);
  return there === undefined || there.type === 'absent' ? undefined : exactText(path, there.content);
}

/** A file of others with some lines changed; its mode and owner stay. None where there is no such file. */
export function edited(
  path: string,
  observed: Observed,
  edit: (text: string) => string,
  says: string,
): readonly FileChange[] {
  const text = textAt(path, observed);
  const there = observed.files.get(path);
  if (text === undefined || there === undefined) return [];
  const content = edit(text);
  if (content === text) return [];
  return [{ kind: 'file', path, content, mode: there.mode, owner: there.owner, edit: true, says }];
}
