import { createPublicKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { isKeyOf, leadsTo, outOfDate, readCertificateFile } from './certificate-file.ts';
import type { CertificateSpec } from './certificate-table.ts';
import { authorityProblem, keyProblem } from './key-kinds.ts';

/** A private key on a host: of it only the public half (PEM) is known, or what is wrong with it. */
export type SeenKey =
  | { readonly publicKey: string; readonly problem?: never }
  | { readonly publicKey?: never; readonly problem: string };

/** What is at `<path>.crt` and `<path>.key`. */
export interface SeenPair {
  readonly certificate: string | undefined;
  readonly key: SeenKey | undefined;
}

/** What to do about something that is perhaps there already. Nothing is ever overwritten. */
export type Verdict =
  | { readonly decision: 'make' }
  /** The key is there and its certificate is not. */
  | { readonly decision: 'sign' }
  /** Used as it is. `external`: a CA without its key, so that nothing can be signed with it. */
  | { readonly decision: 'keep'; readonly external?: true; readonly warning?: string }
  | { readonly decision: 'refuse'; readonly problem: string; readonly mend: string };

export interface Circumstances {
  /** Where the certificates are, for the texts. */
  readonly directory: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * What to do about each certificate (by its path), given what is on the host (by path too). A CA certificate without key
 * is an external CA: all that it should have signed has to be there (kubeadm app/phases/certs UsingExternalCA and
 * CreateTree). Dates are only warned of, as kubeadm does.
 */
export function decideCertificates(
  specs: readonly CertificateSpec[],
  seen: ReadonlyMap<string, SeenPair>,
  circumstances: Circumstances,
): ReadonlyMap<string, Verdict> {
  // A signer need not be among the specs: one phase alone looks at its own certificate.
  const paths = new Set(specs.map(({ path, signer }) => signer ?? path));
  const authorities = new Map(
    [...paths].map((path) => [path, authority({ path, ca: true }, seen.get(path), circumstances)]),
  );
  return new Map(
    specs.map((spec) => {
      if (spec.signer === undefined) return [spec.path, authorities.get(spec.path)?.verdict ?? { decision: 'make' }];
      return [spec.path, leaf(spec, seen.get(spec.path), authorities.get(spec.signer), circumstances)];
    }),
  );
}

type Place = Pick<CertificateSpec, 'path' | 'ca'>;

/** What is wrong with the pair of a CA that is to sign, or undefined where it can or is yet to be made. */
export function signerProblem(
  path: string,
  pair: SeenPair | undefined,
  circumstances: Circumstances,
): (Verdict & { readonly decision: 'refuse' }) | undefined {
  const { verdict } = authority({ path, ca: true }, pair, circumstances);
  return verdict.decision === 'refuse' ? verdict : undefined;
}

/** The service accounts' pair at `sa.key` and `sa.pub`. `sign` means: the private key is there, write its public half. */
export function decideKeyPair(
  key: SeenKey | undefined,
  publicKey: string | undefined,
  { directory }: Circumstances,
): Verdict {
  if (key === undefined && publicKey === undefined) return { decision: 'make' };
  if (key === undefined) {
    return refuse(`${directory}/sa.pub is there without sa.key`, `put its sa.key beside it, or move sa.pub away`);
  }
  const own = publicKeyOf(key);
  if (!own) return refuse(`${directory}/sa.key: ${key.problem ?? notKey}`, restore);
  const kind = keyProblem(own, 'tokens');
  if (kind !== undefined) return refuse(`${directory}/sa.key: ${kind}`, otherKind);
  if (publicKey === undefined) return { decision: 'sign' };
  const other = tryPublicKey(publicKey);
  if (other && own.equals(other)) return { decision: 'keep' };
  const problem = other ? 'is not the public half of sa.key' : 'is not a public key in PEM form';
  return refuse(`${directory}/sa.pub ${problem}`, 'move sa.pub away; it is made again from sa.key');
}

interface Authority {
  readonly verdict: Verdict;
  readonly certificate?: X509Certificate;
  /** The key that signs or has signed; absent where there is none yet. */
  readonly publicKey?: KeyObject;
}

const restore = 'restore it, or move it away together with its counterpart so that kinit makes a new pair';
const otherKind =
  'give one of another kind, or move it away together with its counterpart so that kinit makes a new pair';
const notKey = 'it is not a private key in PEM form';

function authority(spec: Place, pair: SeenPair | undefined, circumstances: Circumstances): Authority {
  const verdict = ownVerdict(spec, pair, circumstances);
  const certificates = pair?.certificate === undefined ? undefined : readCertificateFile(pair.certificate).certificates;
  if (certificates) {
    const [certificate] = certificates;
    const external = verdict.decision === 'keep' && pair?.key === undefined;
    return { verdict: external ? { ...verdict, external } : verdict, certificate, publicKey: certificate.publicKey };
  }
  const publicKey = pair?.key === undefined ? undefined : publicKeyOf(pair.key);
  return { verdict, ...(publicKey ? { publicKey } : {}) };
}

/** What the pair alone tells. */
function ownVerdict(spec: Place, pair: SeenPair | undefined, { directory, now }: Circumstances): Verdict {
  const file = `${directory}/${spec.path}`;
  const key = pair?.key && publicKeyOf(pair.key);
  if (pair?.key && !key) return refuse(`${file}.key: ${pair.key.problem ?? notKey}`, restore);
  const kind = key && keyProblem(key);
  if (kind !== undefined) return refuse(`${file}.key: ${kind}`, otherKind);
  if (pair?.certificate === undefined) return { decision: key ? 'sign' : 'make' };
  const { certificates, problem } = readCertificateFile(pair.certificate);
  if (!certificates) return refuse(`${file}.crt ${problem}`, restore);
  const [certificate] = certificates;
  if (spec.ca && !certificate.ca) return refuse(`${file}.crt is not the certificate of a CA`, restore);
  const signs = spec.ca && !key ? authorityProblem(certificate.publicKey) : undefined;
  if (signs !== undefined) return refuse(`${file}.crt: its key, ${signs.replace(/^it is /, '')}`, otherKind);
  if (key && !isKeyOf(key, certificate)) return refuse(`${file}.key is the key of another certificate`, restore);
  const dates = outOfDate(certificate, now);
  return dates === undefined ? { decision: 'keep' } : { decision: 'keep', warning: `${file}.crt ${dates}` };
}

function leaf(
  spec: CertificateSpec,
  pair: SeenPair | undefined,
  ca: Authority | undefined,
  circumstances: Circumstances,
): Verdict {
  const verdict = ownVerdict(spec, pair, circumstances);
  const file = `${circumstances.directory}/${spec.path}`;
  const signer = `${circumstances.directory}/${spec.signer ?? ''}`;
  if (verdict.decision === 'make' || verdict.decision === 'sign') {
    if (ca?.verdict.decision === 'refuse') return ca.verdict;
    if (ca?.verdict.decision !== 'keep' || !ca.verdict.external) return verdict;
    return refuse(
      `${file}.crt is missing, and ${signer}.key is not there to sign it`,
      `with an external CA give every certificate that it signs (\`kinit certs generate-csr\` makes the requests), or ${signer}.key`,
    );
  }
  if (verdict.decision === 'refuse') return verdict;
  if (pair?.key === undefined) return refuse(`${file}.key is missing`, 'restore it, or move its certificate away');
  if (isSignedBy(pair.certificate ?? '', ca)) return verdict;
  const missing = ca?.verdict.decision === 'make' ? ', which is missing' : '';
  return refuse(`${file}.crt is not signed by ${signer}.crt${missing}`, restore);
}

function isSignedBy(pem: string, ca: Authority | undefined): boolean {
  const certificates = readCertificateFile(pem).certificates;
  if (!certificates || !ca?.publicKey) return false;
  return ca.certificate ? leadsTo(certificates, ca.certificate) : certificates[0].verify(ca.publicKey);
}

function publicKeyOf(key: SeenKey): KeyObject | undefined {
  return key.publicKey === undefined ? undefined : tryPublicKey(key.publicKey);
}

function tryPublicKey(pem: string): KeyObject | undefined {
  try {
    return createPublicKey(pem);
  } catch {
    return undefined;
  }
}

function refuse(problem: string, mend: string): Verdict {
  return { decision: 'refuse', problem, mend };
}
