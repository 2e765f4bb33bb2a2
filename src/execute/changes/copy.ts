import { quote } from '../../host/shell/quote.ts';
import type { CopyChange } from '../change.ts';
import { type Kind, unseen } from './kind.ts';
import { keptOrNew } from './undo-entry.ts';

/** A file, a link or a tree, copied on the host. */
export const copy: Kind<CopyChange> = {
  before: unseen.before,
  holds: () => false,
  performed: {
    by: 'host',
    operations: ({ from, to, follow }) => [{ op: 'copy', from, to, ...(follow ? { follow } : {}) }],
  },
  rehearsed: 'alike',
  words: ({ from, to }) => `copying ${from} to ${to}`,
  entries: ({ from, to }) => [{ action: 'create', what: `${to} (a copy of ${from})` }],
  script: ({ from, to, follow }) => [
    `mkdir -p ${quote(to.slice(0, to.lastIndexOf('/')) || '/')}`,
    ...(follow ? [] : [`rm -rf ${quote(to)}`]),
    `cp -a ${follow ? '-H ' : ''}-T ${quote(from)} ${quote(to)}`,
  ],
  undo: ({ to, follow }, observed) => [keptOrNew(to, observed, follow)],
};
