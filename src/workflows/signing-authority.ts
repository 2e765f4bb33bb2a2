import { createPublicKey } from 'node:crypto';
import { KinitError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import type { Signer } from '../pki/certificate.ts';
import { isKeyOf, readCertificateFile } from '../pki/certificate-file.ts';
import { Secret } from '../secret.ts';

export interface Authority {
  /** PEM; the first certificate of its file. */
  readonly certificate: string;
  /** Absent where the CA's key is kept elsewhere. */
  readonly signer: (Signer & { readonly certificate: string }) | undefined;
}

/** The CA at `<base>.crt` and `<base>.key`. Throws KinitError where it is missing, broken or does not fit together. */
export function signingAuthority(base: string, files: ReadonlyMap<string, Buffer>, host: Host): Authority {
  const [pem, key] = [files.get(`${base}.crt`), files.get(`${base}.key`)].map((content) => content?.toString('utf8'));
  if (pem === undefined) throw failure(`${base}.crt is missing`, host);
  const { certificates, problem } = readCertificateFile(pem);
  if (!certificates) throw failure(`${base}.crt ${problem}`, host);
  const certificate = certificates[0].toString();
  if (key === undefined) return { certificate, signer: undefined };
  const publicKey = publicKeyOf(key);
  if (!publicKey) throw failure(`${base}.key is not a private key in PEM form`, host);
  if (!isKeyOf(publicKey, certificates[0])) throw failure(`${base}.key is not the key of ${base}.crt`, host);
  return { certificate, signer: { certificate, key: new Secret(key) } };
}

function publicKeyOf(pem: string) {
  try {
    return createPublicKey(pem);
  } catch {
    return undefined;
  }
}

function failure(message: string, host: Host): KinitError {
  return new KinitError(message, {
    host: host.name,
    hint: 'run this where the CA is (a control-plane node, --host), or name its directory with --cert-dir',
  });
}
