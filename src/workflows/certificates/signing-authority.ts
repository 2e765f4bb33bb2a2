import { createPublicKey } from 'node:crypto';
import { exitCodes, KinitError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { Signer } from '../../pki/certificate.ts';
import { isKeyOf, readCertificateFile } from '../../pki/certificate-file.ts';
import { keyProblem, readPrivateKey } from '../../pki/key-kinds.ts';
import { Secret } from '../../secret.ts';

export interface Authority {
  /** PEM; the first certificate of its file. */
  readonly certificate: string;
  /** PEM; all of its file: while a CA is replaced, what trusts it trusts two. */
  readonly trusted: string;
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
  const trusted = certificates.map(String).join('');
  if (key === undefined) return { certificate, trusted, signer: undefined };
  const read = readPrivateKey(key);
  if ('problem' in read) throw unusable(`${base}.key: ${read.problem}`, host);
  const publicKey = createPublicKey(read.publicKey);
  const kind = keyProblem(publicKey);
  if (kind !== undefined) throw unusable(`${base}.key: ${kind}`, host);
  if (!isKeyOf(publicKey, certificates[0])) throw failure(`${base}.key is not the key of ${base}.crt`, host);
  return { certificate, trusted, signer: { certificate, key: new Secret(key) } };
}

/** A key with which nothing can be signed: nothing was touched. */
function unusable(message: string, host: Host): KinitError {
  const hint = 'put back the key that made the certificates, in PEM form and without a passphrase';
  return new KinitError(message, { host: host.name, exitCode: exitCodes.preflight, hint });
}

function failure(message: string, host: Host): KinitError {
  return new KinitError(message, {
    host: host.name,
    hint: 'run this where the CA is (a control-plane node, --host), or name its directory with --cert-dir',
  });
}
