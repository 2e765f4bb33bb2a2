import { X509Certificate } from 'node:crypto';
import { leadsTo, readCertificateFile } from './certificate-file.ts';

/**
 * The periods of a CA's rotation (https://kubernetes.io/docs/tasks/tls/manual-rotation-of-ca-certificates/), in their order:
 * `trust`: the old one signs, both are trusted. `sign`: the new one signs, both are trusted. `forget`: only the new one is.
 */
export const rotationPeriods = ['trust', 'sign', 'forget'] as const;
export type RotationPeriod = (typeof rotationPeriods)[number];

/** The CA that is and the one that will be, PEM. */
export interface AuthorityRotation {
  /** What is trusted besides the new one; the first of them signs until `sign`. */
  readonly old: readonly string[];
  readonly next: string;
}

/** What a CA's file holds in a period: who signs comes first, since kubeadm takes the first one for the CA of the key. */
export function bundleOf(period: RotationPeriod, { old, next }: AuthorityRotation): string {
  const certificates = { trust: [...old, next], sign: [next, ...old], forget: [next] }[period];
  return certificates.map(whole).join('');
}

/** Whether a text holds exactly what is trusted in a period, in whatever order. */
export function isTrusted(period: RotationPeriod, pem: string, rotation: AuthorityRotation): boolean {
  const [there, wanted] = [pem, bundleOf(period, rotation)].map((text) => new Set(fingerprints(text)));
  return there?.size === wanted?.size && [...(wanted ?? [])].every((one) => there?.has(one));
}

/** Whether a text is what a period wants in a CA's file: what is trusted, and who signs first. */
export function isBundle(period: RotationPeriod, pem: string, rotation: AuthorityRotation): boolean {
  const [first] = fingerprints(pem);
  return isTrusted(period, pem, rotation) && first === fingerprints(bundleOf(period, rotation))[0];
}

/** Whether a certificate leads to a CA; one that cannot be read does not. */
export function isOfAuthority(pem: string, authority: string): boolean {
  return leadsTo(readCertificateFile(pem).certificates ?? [], new X509Certificate(authority));
}

/** The certificates of a text one by one, PEM; those of `without` are left out. */
export function certificatesOf(pem: string, without = ''): readonly string[] {
  const left = new Set(fingerprints(without));
  const found = readCertificateFile(pem).certificates ?? [];
  return found.filter((one) => !left.has(one.fingerprint256)).map((one) => whole(one.toString()));
}

/** SHA-256 of each certificate of a text, in hexadecimal digits with colons. */
export function fingerprints(pem: string): readonly string[] {
  return (readCertificateFile(pem).certificates ?? []).map(({ fingerprint256 }) => fingerprint256);
}

function whole(pem: string): string {
  return `${pem.trimEnd()}\n`;
}
