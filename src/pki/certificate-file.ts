import { type KeyObject, X509Certificate } from 'node:crypto';

/** The certificates of a PEM file, the file's own first and then its intermediates; or what is wrong with it. */
export type CertificateFile =
  | { readonly certificates: readonly [X509Certificate, ...X509Certificate[]]; readonly problem?: never }
  | { readonly certificates?: never; readonly problem: string };

/** Reads a `.crt` file as kubeadm does: text and other blocks around the certificates are passed over. Never throws. */
export function readCertificateFile(pem: string): CertificateFile {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  const begun = pem.match(/-----BEGIN CERTIFICATE-----/g)?.length ?? 0;
  if (begun > blocks.length) return { problem: 'is cut off: a certificate in it has no end' };
  try {
    const [first, ...more] = blocks.map((block) => new X509Certificate(block));
    return first ? { certificates: [first, ...more] } : { problem: 'is not a certificate in PEM form' };
  } catch {
    return { problem: 'is not readable as a certificate' };
  }
}

/** The certificates of a PEM text and nothing that stands around them; '' where it has none that can be read. */
export function certificatesAlone(pem: string): string {
  return (readCertificateFile(pem).certificates ?? []).map(String).join('');
}

/** Whether the first certificate leads to `root` through the ones after it; dates are not looked at. */
export function leadsTo([leaf, ...intermediates]: readonly X509Certificate[], root: X509Certificate): boolean {
  if (!leaf) return false;
  if (leaf.checkIssued(root) && leaf.verify(root.publicKey)) return true;
  return intermediates.some(
    (issuer) =>
      issuer.ca &&
      leaf.checkIssued(issuer) &&
      leaf.verify(issuer.publicKey) &&
      leadsTo([issuer, ...intermediates.filter((other) => other !== issuer)], root),
  );
}

/** Whether the key's public half is the certificate's. */
export function isKeyOf(publicKey: KeyObject, certificate: X509Certificate): boolean {
  return certificate.publicKey.equals(publicKey);
}

/** Why the certificate does not hold at `now` (milliseconds since the epoch), or undefined where it does. */
export function outOfDate(certificate: X509Certificate, now: number): string | undefined {
  if (Date.parse(certificate.validTo) < now) return `expired on ${isoDate(certificate.validTo)}`;
  if (Date.parse(certificate.validFrom) > now) return `is not valid before ${isoDate(certificate.validFrom)}`;
  return undefined;
}

function isoDate(date: string): string {
  return new Date(date).toISOString().replace('.000', '');
}
