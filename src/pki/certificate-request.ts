import { createPublicKey } from 'node:crypto';
import type { CertificateSpec } from './certificate-table.ts';
import * as der from './der.ts';
import { nameOf } from './extensions.ts';

/**
 * The public key (PEM, PKIX) for which a PKCS#10 request asks a certificate of exactly this subject, written as Go
 * writes it; undefined where it asks for another one. For requests that an API server has stored: it parses them and verifies their signature before
 * (pkg/apis/certificates/validation).
 */
export function requestedKey(request: string, subject: CertificateSpec['subject']): string | undefined {
  const bytes = Buffer.from(request.replaceAll(/-----[A-Z ]+-----/g, ''), 'base64');
  const [body] = der.members(der.decode(bytes));
  const [, name, key] = der.members(body);
  if (!name || !key || !der.encode(name).equals(der.encode(nameOf(subject)))) return undefined;
  return createPublicKey({ key: der.encode(key), format: 'der', type: 'spki' })
    .export({ format: 'pem', type: 'spki' })
    .toString();
}
