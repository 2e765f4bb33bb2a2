import { createHash, X509Certificate } from 'node:crypto';

/**
 * The pins of a CA certificate or bundle (PEM), one a certificate: `sha256:` and the SHA-256 of its public key (DER,
 * SubjectPublicKeyInfo), as --discovery-token-ca-cert-hash takes it. Throws where a certificate cannot be read.
 */
export function caCertHashes(pem: string): readonly string[] {
  return certificatesOf(pem).map(({ publicKey }) => {
    const hash = createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' }));
    return `sha256:${hash.digest('hex')}`;
  });
}

/** The pin of a single CA certificate (PEM). */
export function caCertHash(pem: string): string {
  return caCertHashes(pem)[0] ?? '';
}

/** Those certificates of a bundle that have one of the pins (PEM); undefined where none has. */
export function pinnedCertificates(pem: string, pins: readonly string[]): string | undefined {
  const wanted = pins.map((pin) => pin.toLowerCase());
  const pinned = certificatesOf(pem).filter((certificate) => wanted.includes(caCertHash(certificate.toString())));
  return pinned.length === 0 ? undefined : pinned.map(String).join('');
}

function certificatesOf(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}
