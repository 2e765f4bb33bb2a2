import { KinitError } from '../errors.ts';
import type { FileWrite } from '../host/host.ts';
import { issue, type Signer } from '../pki/certificate.ts';
import type { CertificateSpec } from '../pki/certificate-table.ts';
import { publicHalf } from '../pki/keys.ts';
import { kubeconfigDocument } from '../pki/kubeconfig-document.ts';
import { reveal, Secret } from '../secret.ts';
import { toYaml } from '../yaml.ts';
import type { CertificateChange, Change, KeyPairChange, KubeconfigChange } from './change.ts';
import type { Target } from './target.ts';

type Minted = CertificateChange | KubeconfigChange | KeyPairChange;

/**
 * The files that the certificates, keys and kubeconfigs among the changes become, a key before its certificate. CAs that
 * are not among them, nor among the files, are read from the host; in a rehearsal their keys stay there, and what is signed
 * is for show.
 * Keys are taken in the order of the changes and come one by one. Throws KinitError where a signer is missing.
 */
export async function mint(
  changes: readonly Change[],
  target: Target,
): Promise<ReadonlyMap<Change, Promise<readonly FileWrite[]>>> {
  const wanted = changes.filter(isMinted);
  if (wanted.length === 0) return new Map();
  const certificates = wanted.filter((change) => change.kind === 'certificate');
  const existing = await readKept(wanted, certificates, filesAmong(changes), target);
  const signers = new Map<string, Promise<Signer>>();
  const signerAt = (base: string): Promise<Signer> => {
    const known = signers.get(base);
    if (known) return known;
    const change = certificates.find(({ directory, spec }) => baseOf(directory, spec.path) === base);
    const made = change ? certificate(change).then(asSigner) : kept(base, existing, target);
    signers.set(base, made);
    return made;
  };
  const pairs = new Map<CertificateChange, Promise<Pair>>();
  const certificate = (change: CertificateChange): Promise<Pair> => {
    const known = pairs.get(change);
    if (known) return known;
    const made = makePair(change, existing, target, signerAt);
    pairs.set(change, made);
    return made;
  };
  const files = (change: Minted): Promise<readonly FileWrite[]> => {
    switch (change.kind) {
      case 'certificate':
        return certificate(change).then((pair) => pairFiles(change, pair));
      case 'kubeconfig':
        return kubeconfigFile(change, target, signerAt);
      case 'key-pair':
        return keyPairFiles(change, existing, target);
    }
  };
  const made = new Map(wanted.map((change) => [change, files(change)] as const));
  // A failure belongs to whoever writes the files; but nothing is begun where a signer is missing.
  for (const one of made.values()) one.catch(() => undefined);
  const ours = new Set(certificates.map(({ directory, spec }) => baseOf(directory, spec.path)));
  await Promise.all([...signers].filter(([base]) => !ours.has(base)).map(([, signer]) => signer));
  return made;
}

interface Pair {
  readonly certificate: string;
  readonly key: Secret;
}

function isMinted(change: Change): change is Minted {
  return change.kind === 'certificate' || change.kind === 'kubeconfig' || change.kind === 'key-pair';
}

const baseOf = (directory: string, path: string): string => `${directory}/${path}`;

/** What the changes themselves write, by path. */
function filesAmong(changes: readonly Change[]): ReadonlyMap<string, Buffer> {
  const files = changes.flatMap((change) => (change.kind === 'file' ? [change] : []));
  return new Map(files.map(({ path, content }) => [path, Buffer.from(reveal(content))]));
}

/** CAs that sign, which the same run brings or the host has, and lone keys that get their certificate: read in one round trip. */
async function readKept(
  wanted: readonly Minted[],
  made: readonly CertificateChange[],
  brought: ReadonlyMap<string, Buffer>,
  target: Target,
): Promise<ReadonlyMap<string, Buffer>> {
  const minted = new Set(made.map(({ directory, spec }) => baseOf(directory, spec.path)));
  const bases = wanted.flatMap((change) => {
    if (change.kind === 'key-pair') return [];
    const spec = change.kind === 'certificate' ? change.spec : change.client;
    return spec.signer === undefined ? [] : [baseOf(change.directory, spec.signer)];
  });
  const signers = [...new Set(bases)].filter((base) => !minted.has(base));
  const lone = [
    ...made.filter(({ keepKey }) => keepKey).map(({ directory, spec }) => `${baseOf(directory, spec.path)}.key`),
    ...wanted.flatMap((change) => (change.kind === 'key-pair' && change.keepKey ? [change.privatePath] : [])),
  ];
  const paths = [
    ...signers.map((base) => `${base}.crt`),
    ...keysOf(target).read([...signers.map(keyOf), ...lone]),
  ].filter((path) => !brought.has(path));
  return new Map([...brought, ...(paths.length === 0 ? [] : await target.host.read(paths))]);
}

async function kept(base: string, existing: ReadonlyMap<string, Buffer>, target: Target): Promise<Signer> {
  const certificate = existing.get(`${base}.crt`);
  const key = certificate && (await keysOf(target).signing(existing.get(keyOf(base)), target));
  if (!certificate || !key) {
    throw new KinitError(`${base}.${certificate ? 'key' : 'crt'} is missing, so nothing can be signed with it`, {
      host: target.host.name,
      hint: `put the CA's key beside its certificate, or give all that it should have signed`,
    });
  }
  return { certificate: certificate.toString('utf8'), key };
}

const keyOf = (base: string): string => `${base}.key`;

/** What becomes of private keys that are on the host. */
interface HostKeys {
  /** Those of them that are read. */
  read(paths: readonly string[]): readonly string[];
  /** What is signed with in the place of a CA's key. */
  signing(key: Buffer | undefined, target: Target): Promise<Secret | undefined>;
}

const used: HostKeys = {
  read: (paths) => paths,
  signing: async (key) => key && new Secret(key.toString('utf8')),
};

const leftThere: HostKeys = {
  read: () => [],
  signing: async (_, target) => target.keys.take('ECDSA-P256'),
};

function keysOf({ rehearsal }: Target): HostKeys {
  return rehearsal ? leftThere : used;
}

const asSigner = ({ certificate, key }: Pair): Signer => ({ certificate, key });

async function makePair(
  change: CertificateChange,
  existing: ReadonlyMap<string, Buffer>,
  target: Target,
  signerAt: (base: string) => Promise<Signer>,
): Promise<Pair> {
  const { spec, directory } = change;
  const lone = change.keepKey ? existing.get(`${baseOf(directory, spec.path)}.key`) : undefined;
  const [key, signer] = await Promise.all([
    lone ? new Secret(lone.toString('utf8')) : target.keys.take(spec.algorithm),
    spec.signer === undefined ? undefined : signerAt(baseOf(directory, spec.signer)),
  ]);
  return { key, certificate: sign(spec, key, signer, target) };
}

function sign(spec: CertificateSpec, key: Secret, signer: Signer | undefined, target: Target): string {
  return issue(spec, {
    publicKey: publicHalf(key),
    signer: signer ?? { key },
    now: target.now,
    release: target.release.pki,
  });
}

function pairFiles({ directory, spec }: CertificateChange, { certificate, key }: Pair): readonly FileWrite[] {
  const base = baseOf(directory, spec.path);
  return [
    { path: `${base}.key`, content: key, mode: 0o600 },
    { path: `${base}.crt`, content: certificate, mode: 0o644 },
  ];
}

async function kubeconfigFile(
  change: KubeconfigChange,
  target: Target,
  signerAt: (base: string) => Promise<Signer>,
): Promise<readonly FileWrite[]> {
  const taken = target.keys.take(change.client.algorithm);
  const [signer, key] = await Promise.all([signerAt(baseOf(change.directory, change.client.signer ?? 'ca')), taken]);
  const document = kubeconfigDocument({
    clusterName: change.clusterName,
    server: change.server,
    caPem: signer.certificate ?? '',
    user: change.user,
    client: { certificatePem: sign(change.client, key, signer, target), key },
    preferences: change.preferences,
  });
  return [{ path: change.path, content: new Secret(toYaml(document)), mode: 0o600 }];
}

async function keyPairFiles(
  change: KeyPairChange,
  existing: ReadonlyMap<string, Buffer>,
  target: Target,
): Promise<readonly FileWrite[]> {
  const lone = change.keepKey ? existing.get(change.privatePath) : undefined;
  if (lone) return [publicFile(change, new Secret(lone.toString('utf8')))];
  const key = await target.keys.take(change.algorithm);
  return [{ path: change.privatePath, content: key, mode: 0o600 }, publicFile(change, key)];
}

function publicFile(change: KeyPairChange, key: Secret): FileWrite {
  return { path: change.publicPath, content: publicHalf(key), mode: 0o600 };
}
