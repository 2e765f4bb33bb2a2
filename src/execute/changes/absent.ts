import { quote } from '../../host/shell/quote.ts';
import type { AbsentChange } from '../change.ts';
import { type Kind, unseen } from './kind.ts';
import { isListed, pathOf } from './seen-path.ts';
import { keptOrNew } from './undo-entry.ts';

/** A path that is to go, or a directory that is to be empty. */
export const absent: Kind<AbsentChange> = {
  before: unseen.before,
  holds: ({ path, contents, transient }, observed) => {
    const there = pathOf(path, observed);
    if (transient) return false;
    if (there === undefined) return !isListed(path, observed);
    if (there.type === 'absent') return true;
    return contents === true && there.entries?.length === 0;
  },
  performed: {
    by: 'host',
    operations: ({ path, contents }) => [{ op: 'remove', path, ...(contents ? { contents: true } : {}) }],
  },
  rehearsed: 'alike',
  words: ({ path }) => `removing ${path}`,
  entries: ({ path, contents }) => [{ action: 'delete', what: contents ? `everything in ${path}/` : path }],
  script: ({ path, contents }) => [contents ? `find ${quote(path)} -mindepth 1 -delete` : `rm -rf ${quote(path)}`],
  undo: ({ path, contents }, observed) => {
    const there = pathOf(path, observed);
    return there === undefined || there.type === 'absent' ? [] : [keptOrNew(path, observed, contents === true)];
  },
};
