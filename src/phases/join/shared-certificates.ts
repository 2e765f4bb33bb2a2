import { createPublicKey } from 'node:crypto';
import { KinitError } from '../../errors.ts';
import { objectKey, refOf } from '../../execute/change.ts';
import type { Observed, Reads } from '../../execute/observed.ts';
import { certificatesSecret, downloadedFiles, type SharedContent, sharedFiles } from '../../manifests/upload-certs.ts';
import { certificatesAlone, readCertificateFile } from '../../pki/certificate-file.ts';
import { readPrivateKey } from '../../pki/key-kinds.ts';
import { failure, type Problem } from '../../preflight/problem.ts';
import type { JoinControlPlaneContext } from '../join-context.ts';

/** What has to be seen to tell which of the shared certificates a host lacks. Private keys are seen as public halves. */
export function sharedReads({ cluster, controlPlane: { shared } }: JoinControlPlaneContext): Reads {
  const paths = sharedFiles(cluster).map(({ path }) => path);
  return {
    keyPairs: paths.filter((path) => isKey(path) && paths.includes(certificateOf(path))).map(baseOf),
    keys: paths.filter((path) => isKey(path) && !paths.includes(certificateOf(path))),
    files: paths.filter((path) => !isKey(path)),
    // Once the node has joined its own rights do not reach so far, and nobody needs it any more.
    ...(shared.from === 'secret' ? { objects: [{ ...refOf(certificatesSecret), hidden: 'absent' }] } : {}),
  };
}

export interface SharedCertificates {
  /** Those that are to be written. */
  readonly missing: readonly SharedContent[];
  readonly problems: readonly Problem[];
}

/**
 * What a host lacks of the certificates that all control planes share, and what is wrong with those that are there: nothing
 * is ever overwritten. The key of a CA may be kept elsewhere (kubeadm app/phases/certs SharedCertificateExists).
 */
export function sharedCertificates(context: JoinControlPlaneContext, observed: Observed): SharedCertificates {
  const given = givenFiles(context, observed);
  const lacking = requiredFiles(context).filter((path) => !isThere(path, observed));
  if ('problem' in given) {
    const problems = lacking.length === 0 ? [] : [given.problem];
    return { missing: [], problems: [...problems, ...foreignCa(context, observed)] };
  }
  const differing = given.files.filter((file) => isThere(file.path, observed) && !isSame(file, observed));
  const missing = given.files.filter(({ path }) => !isThere(path, observed));
  const left = lacking.filter((path) => !missing.some((file) => file.path === path));
  return {
    missing,
    problems: [
      ...differing.map(({ path }) =>
        failure(checkName, `${path} is not the one that the control planes of this cluster share`, { mend: leftover }),
      ),
      ...(left.length === 0 ? [] : [notThere(left, context)]),
      ...(isReplaced(given.files) ? [onItsWay] : []),
      ...(differing.length === 0 ? foreignCa(context, observed) : []),
    ],
  };
}

const checkName = 'SharedCertificates';
const leftover = 'kinit reset removes what an earlier cluster has left; a file of yours belongs somewhere else';

type Given = { readonly files: readonly SharedContent[] } | { readonly problem: Problem };

function givenFiles({ cluster, controlPlane: { shared } }: JoinControlPlaneContext, { objects }: Observed): Given {
  if (shared.from === 'host') return { files: [] };
  if (shared.from === 'control plane') return { files: shared.files };
  const secret = objects.get(objectKey(certificatesSecret));
  if (secret === undefined) return { problem: failure(checkName, gone, { mend: uploadAgain }) };
  try {
    return { files: downloadedFiles(cluster, secret, shared.certificateKey) };
  } catch (error) {
    if (!(error instanceof KinitError)) throw error;
    return { problem: failure(checkName, error.message, { mend: error.hint ?? uploadAgain }) };
  }
}

/** A controller manager signs with one certificate alone: while the CA is replaced it is told which, elsewhere it would not start. */
function isReplaced(files: readonly SharedContent[]): boolean {
  const ca = files.find(({ name }) => name === 'ca.crt')?.content.reveal() ?? '';
  return files.some(({ name }) => name === 'ca.key') && (readCertificateFile(ca).certificates ?? []).length > 1;
}

const onItsWay = failure(checkName, 'the CA of the cluster is being replaced: its ca.crt holds several certificates', {
  mend: 'finish that first: kinit certs rotate-ca --config FILE',
});

const gone =
  'the Secret kube-system/kubeadm-certs is not there: what was uploaded for --certificate-key is deleted after two hours';
const uploadAgain =
  'on a control plane run `kinit init phase upload-certs --upload-certs` and join with the key that it prints';

/** Without these there is no control plane of the same cluster. */
function requiredFiles({ cluster: { certificatesDir, etcd } }: JoinControlPlaneContext): readonly string[] {
  const names = ['ca.crt', 'sa.key', 'sa.pub', 'front-proxy-ca.crt', ...(etcd.local ? ['etcd/ca.crt'] : [])];
  return names.map((name) => `${certificatesDir}/${name}`);
}

function notThere(paths: readonly string[], { controlPlane: { shared } }: JoinControlPlaneContext): Problem {
  const message = `the certificates that all control planes share are not all here: ${paths.join(', ')}`;
  const copy = 'copy them from another control plane to the same paths (keys with mode 0600)';
  const mend = shared.from === 'host' ? `join with --certificate-key (${uploadAgain}), or ${copy}` : copy;
  return failure(checkName, message, { mend });
}

function isKey(path: string): boolean {
  return path.endsWith('.key');
}

const baseOf = (path: string): string => path.replace(/\.(?:key|crt)$/, '');
const certificateOf = (key: string): string => `${baseOf(key)}.crt`;

function isThere(path: string, observed: Observed): boolean {
  return isKey(path) ? keyAt(path, observed) !== undefined : observed.files.get(path)?.type === 'file';
}

function keyAt(path: string, { keyPairs, keys }: Observed) {
  return keyPairs.get(baseOf(path))?.key ?? keys.get(path);
}

/** Of the key to an external etcd its certificate tells. */
function isSame({ name, path, content }: SharedContent, observed: Observed): boolean {
  const text = content.reveal();
  if (isKey(path)) {
    const wanted = readPrivateKey(text);
    const there = keyAt(path, observed)?.publicKey ?? '';
    return name === 'external-etcd.key' || ('publicKey' in wanted && samePublicKey(there, wanted.publicKey));
  }
  const there = observed.files.get(path)?.content?.toString('utf8') ?? '';
  if (path.endsWith('.pub')) return samePublicKey(there, text);
  return certificatesAlone(there) === certificatesAlone(text);
}

function samePublicKey(a: string, b: string): boolean {
  try {
    return createPublicKey(a).equals(createPublicKey(b));
  } catch {
    return false;
  }
}

/** A CA that the user has put there has to be the one that the cluster tells joining nodes. */
function foreignCa(
  { cluster: { certificatesDir }, caPem }: JoinControlPlaneContext,
  { files }: Observed,
): readonly Problem[] {
  const path = `${certificatesDir}/ca.crt`;
  const there = files.get(path)?.content?.toString('utf8');
  if (there === undefined || shareOne(there, caPem)) return [];
  return [failure(checkName, `${path} is not the CA of this cluster`, { mend: leftover })];
}

function shareOne(a: string, b: string): boolean {
  const bodies = (pem: string) => certificatesAlone(pem).split('-----END CERTIFICATE-----\n').filter(Boolean);
  const known = new Set(bodies(b));
  return bodies(a).some((body) => known.has(body));
}
