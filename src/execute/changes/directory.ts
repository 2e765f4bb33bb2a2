import { quote } from '../../host/shell/quote.ts';
import type { DirectoryChange } from '../change.ts';
import { type Kind, unseen } from './kind.ts';
import { octal } from './script-lines.ts';
import { pathOf } from './seen-path.ts';

/** A directory; one that is there keeps the mode that it has, as with kubeadm (Go's os.MkdirAll). */
export const directory: Kind<DirectoryChange> = {
  before: unseen.before,
  holds: ({ path }, observed) => pathOf(path, observed)?.type === 'directory',
  performed: { by: 'host', operations: ({ path, mode }) => [{ op: 'directory', path, mode }] },
  rehearsed: 'alike',
  words: ({ path }) => `making ${path}`,
  entries: ({ path, mode }) => [{ action: 'create', what: `${path}/ (${octal(mode)})` }],
  script: ({ path, mode }) => [`mkdir -p -m ${octal(mode)} ${quote(path)}`],
  undo: ({ path }) => [{ kind: 'directory', path }],
};
