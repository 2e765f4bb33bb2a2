import { createPublicKey } from 'node:crypto';
import type { CertificateSpec } from './certificate-table.ts';
import * as der from './der.ts';
import { nameOf } from './extensions.ts';

/**
 * The public key (PEM, PKIX) for which a PKCS#10 request asks a certificate of exactly this subject, written as Go
 * writes it, and of nothing else; undefined where it asks for another one or for extensions. For requests that an API
 * server has stored: it parses them and verifies their signature before (pkg/apis/certificates/validation). Throws for
 * what is no request.
 */
export function requestedKey(request: string, subject: CertificateSpec['subject']): string | undefined {
  const base64 = onlyRequest.exec(request)?.[1];
  if (base64 === undefined) return undefined;
  const [body] = der.members(der.decode(Buffer.from(base64, 'base64')));
  const [, name, key, attributes] = der.members(body);
  if (!name || !key || !der.encode(name).equals(der.encode(nameOf(subject)))) return undefined;
  if (der.members(attributes).length > 0) return undefined;
  return createPublicKey({ key: der.encode(key), format: 'der', type: 'spki' })
    .export({ format: 'pem', type: 'spki' })
    .toString();
}

/** One block and nothing around it, so that nobody reads another request there than the API server did. */
const onlyRequest = /^-----BEGIN CERTIFICATE REQUEST-----\n([A-Za-z0-9+/=\n]+)-----END CERTIFICATE REQUEST-----\n?$/;
