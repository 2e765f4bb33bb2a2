import type { Expiration } from '../pki/expiration.ts';
import type { NodeCertificates } from '../workflows/certificates/certificates-on.ts';

/** A certificate or CA, with the node that it lies on. */
export interface CertificateEnd extends Expiration {
  readonly node: string;
}

/** Days that make a certificate worth a thought: kubeadm's last a year and are renewed by hand or with an upgrade. */
export const soon = 30;

/** Every certificate and CA with the node that it lies on. */
export function certificateEnds(certificates: readonly NodeCertificates[]): readonly CertificateEnd[] {
  return certificates.flatMap(({ node, info }) =>
    [...info.certificates, ...info.authorities].map((end) => ({ ...end, node })),
  );
}

/** Whole ones; below 0 it has ended. */
export function daysLeft(notAfter: number, now: number): number {
  return Math.floor((notAfter - now) / 86_400_000);
}
