import { issue } from '../../../src/pki/certificate.ts';
import { type CertificateSpec, certificateTable } from '../../../src/pki/certificate-table.ts';
import type { SeenPair } from '../../../src/pki/existing.ts';
import { generateKey, publicHalf } from '../../../src/pki/keys.ts';
import type { Secret } from '../../../src/secret.ts';
import { configOf, pkiOf } from './config.ts';

export interface Pki {
  readonly specs: readonly CertificateSpec[];
  readonly certificates: ReadonlyMap<string, string>;
  readonly keys: ReadonlyMap<string, Secret>;
}

/** A whole control plane's certificates, made at `now`, by path. */
export async function issuedPki(
  now: number,
  version = 'v1.36.2',
  config = configOf({ encryptionAlgorithm: 'ECDSA-P256' }),
): Promise<Pki> {
  const release = pkiOf(version);
  const specs = certificateTable(config, release);
  const keys = new Map<string, Secret>();
  const certificates = new Map<string, string>();
  for (const spec of specs) {
    const key = await generateKey(spec.algorithm);
    keys.set(spec.path, key);
    const certificate = certificates.get(spec.signer ?? '');
    const signerKey = keys.get(spec.signer ?? '');
    const signer = certificate === undefined || signerKey === undefined ? { key } : { certificate, key: signerKey };
    certificates.set(spec.path, issue(spec, { publicKey: publicHalf(key), signer, now, release: release.pki }));
  }
  return { specs, certificates, keys };
}

/** What a look at a host with all of it shows: certificates, and of keys the public halves. */
export function seenPairs({ certificates, keys }: Pki): Map<string, SeenPair> {
  return new Map(
    [...keys].map(([path, key]) => [
      path,
      { certificate: certificates.get(path), key: { publicKey: publicHalf(key) } },
    ]),
  );
}
