import type { KubeconfigChange } from '../change.ts';
import { type Kind, unseen } from './kind.ts';
import { secretFile } from './script-lines.ts';
import { newFile } from './undo-entry.ts';
import { written } from './written.ts';

/** A kubeconfig with a client certificate of its own. */
export const kubeconfig: Kind<KubeconfigChange> = {
  before: unseen.before,
  // What is there is judged together with the CA (missing-certificates.ts).
  holds: () => false,
  performed: written,
  rehearsed: 'alike',
  words: ({ path }) => `writing ${path}`,
  entries: ({ path, user }) => [{ action: 'create', what: `${path} (0600, secret) for ${user}` }],
  script: ({ path }) => [secretFile(path, 0o600)],
  // Nothing that is there is ever overwritten.
  undo: ({ path }) => [newFile(path)],
};
