import type { KeyPairChange } from '../change.ts';
import { type Kind, unseen } from './kind.ts';
import { secretFile } from './script-lines.ts';
import { newFile } from './undo-entry.ts';
import { written } from './written.ts';

/** A key pair without a certificate. */
export const keyPair: Kind<KeyPairChange> = {
  before: unseen.before,
  // What is there is judged together with all that it signs (missing-certificates.ts).
  holds: () => false,
  performed: written,
  rehearsed: 'alike',
  words: ({ privatePath }) => `making ${privatePath}`,
  entries: ({ keepKey, privatePath, publicPath }) => [
    { action: 'create', what: keepKey ? publicPath : `${privatePath} and ${publicPath}` },
  ],
  script: ({ keepKey, privatePath, publicPath }) => [
    ...(keepKey ? [] : [secretFile(privatePath, 0o600)]),
    secretFile(publicPath, 0o600),
  ],
  // Nothing that is there is ever overwritten.
  undo: ({ keepKey, privatePath, publicPath }) => [...(keepKey ? [] : [newFile(privatePath)]), newFile(publicPath)],
};
