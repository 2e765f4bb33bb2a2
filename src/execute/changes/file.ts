import { defined } from '../../defined.ts';
import { reveal, Secret } from '../../secret.ts';
import type { FileChange } from '../change.ts';
import { brief } from './brief.ts';
import type { Kind } from './kind.ts';
import { fileLines, octal, secretFile } from './script-lines.ts';
import { editedFile, keptOrNew } from './undo-entry.ts';

/** A file with its bytes and mode. */
export const file: Kind<FileChange> = {
  holds: ({ path, content, mode, owner, keep }, { files }) => {
    const there = files.get(path);
    if (there?.type !== 'file') return false;
    if (keep) return true;
    if (owner !== undefined && there.owner !== owner) return false;
    return there.content?.equals(Buffer.from(reveal(content))) === true && there.mode === mode;
  },
  performed: {
    by: 'host',
    operations: ({ path, content, mode, owner }) => [
      { op: 'write', file: { path, content, mode, ...defined({ owner }) } },
    ],
  },
  rehearsed: 'alike',
  words: ({ path }) => `writing ${path}`,
  before: ({ path, content }, { files }) =>
    content instanceof Secret ? undefined : files.get(path)?.content?.toString('utf8'),
  entries: ({ path, content, mode }, before) => {
    if (content instanceof Secret) return [{ action: 'create', what: `${path} (${octal(mode)}, secret)` }];
    const texts = { path, before: brief(before as string | undefined), after: brief(content) };
    return [{ action: before === undefined ? 'create' : 'update', what: `${path} (${octal(mode)})`, texts }];
  },
  script: ({ path, mode, content }) =>
    content instanceof Secret ? [secretFile(path, mode)] : [fileLines(path, mode, content)],
  undo: ({ path, content, edit }, observed) => [
    edit ? editedFile(path, observed, reveal(content)) : keptOrNew(path, observed),
  ],
};
