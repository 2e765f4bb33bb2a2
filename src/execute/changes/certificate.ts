import type { CertificateChange } from '../change.ts';
import { type Kind, unseen } from './kind.ts';
import { secretFile } from './script-lines.ts';
import { newFile } from './undo-entry.ts';
import { written } from './written.ts';

/** A certificate and its key. */
export const certificate: Kind<CertificateChange> = {
  before: unseen.before,
  // What is there is judged together with all that it signs (missing-certificates.ts).
  holds: () => false,
  performed: written,
  rehearsed: 'alike',
  words: (change) => `making ${base(change)}.crt`,
  entries: (change) => [
    { action: 'create', what: `${base(change)}.crt${change.keepKey ? '' : ' and .key'}, ${signedBy(change)}` },
  ],
  script: (change) => [
    `# ${change.spec.name}: ${signedBy(change)}`,
    ...(change.keepKey ? [] : [secretFile(`${base(change)}.key`, 0o600)]),
    secretFile(`${base(change)}.crt`, 0o644),
  ],
  // Nothing that is there is ever overwritten.
  undo: (change) => [...(change.keepKey ? [] : [newFile(`${base(change)}.key`)]), newFile(`${base(change)}.crt`)],
};

function base({ directory, spec }: CertificateChange): string {
  return `${directory}/${spec.path}`;
}

function signedBy({ spec: { signer } }: CertificateChange): string {
  return signer === undefined ? 'self-signed' : `signed by ${signer}`;
}
