import { AgeError, type AgeIdentity, type AgeRecipient, ageDecrypted, ageEncrypted } from '../../archive/age/age.ts';
import { openLocalFile, writeWhole } from '../../archive/local-file.ts';
import { TarError, tarEnd, tarEntries, tarHeader, tarPadding } from '../../archive/tar.ts';
import { exitCodes, KinitError } from '../../errors.ts';
import { refuseExisting } from '../../etcd/snapshot-file.ts';
import type { Host } from '../../host/host.ts';
import { makeFolder, onUserFile } from '../../host/user-files.ts';
import { Secret } from '../../secret.ts';
import type { EtcdPlace } from './doors.ts';

/** The certificates and keys of one control plane, by their paths below its PKI (`etcd/ca.key`). */
export type ControlPlanePki = ReadonlyMap<string, Secret>;
/** Those of several, by the names of their nodes. */
export type ClusterPki = ReadonlyMap<string, ControlPlanePki>;

/** What an archive may hold, and what is taken of a control plane: nothing else goes to where the PKI is. */
const pkiFile = /^(?:etcd\/)?[\w-][\w.-]*\.(?:crt|key|pub)$/;

interface SealedPki {
  readonly sealed: Buffer;
  /** Of CAs that are kept elsewhere: without them no new control plane is made of it. */
  readonly lacking: readonly (readonly [place: EtcdPlace, keys: readonly string[]])[];
}

/** The PKI of all these control planes: a tar archive with a folder for each, encrypted as age does it. Throws KinitError. */
export async function sealedPki(places: readonly EtcdPlace[], to: AgeRecipient, now: number): Promise<SealedPki> {
  const read = await Promise.all(places.map(async (place) => [place, await pkiOn(place)] as const));
  const entries = read.flatMap(([{ name: node }, files]) =>
    [...files].map(([path, content]) => ({ name: `${node}/${path}`, content: Buffer.from(content.reveal()) })),
  );
  const blocks = entries.flatMap(({ name, content }) => [
    tarHeader(name, content.length, Math.floor(now / 1000), 0o600),
    content,
    tarPadding(content.length),
  ]);
  const lacking = read.flatMap(([place, files]) => {
    const keys = authorityKeys.filter((key) => !files.has(key));
    return keys.length === 0 ? [] : [[place, keys] as const];
  });
  return { sealed: await ageEncrypted(Buffer.concat([...blocks, tarEnd]), to), lacking };
}

const authorityKeys = ['ca.key', 'etcd/ca.key', 'front-proxy-ca.key', 'sa.key'];

async function pkiOn({ host, certificatesDir }: EtcdPlace): Promise<ControlPlanePki> {
  const folders = [certificatesDir, `${certificatesDir}/etcd`];
  const { paths } = await host.observe({ paths: folders });
  const names = folders.flatMap((folder, at) =>
    (paths.get(folder)?.entries ?? []).map((entry) => (at === 0 ? entry : `etcd/${entry}`)),
  );
  const wanted = names.filter((name) => pkiFile.test(name));
  const found = await host.read(wanted.map((name) => `${certificatesDir}/${name}`));
  const files = wanted.flatMap((name) => {
    const content = found.get(`${certificatesDir}/${name}`);
    return content === undefined ? [] : [[name, new Secret(content.toString('utf8'))] as const];
  });
  return new Map(files);
}

/** Opens such an archive. Throws KinitError (exit 3) where it is none, is damaged, or is not opened by that; nothing is written. */
export async function openedPki(path: string, by: AgeIdentity): Promise<ClusterPki> {
  const file = await openLocalFile(path);
  try {
    if (file.size > longest) throw new AgeError('no age file');
    const archive = await ageDecrypted(await file.read(0, file.size), by);
    return await pkiIn(archive);
  } catch (error) {
    if (!(error instanceof AgeError || error instanceof TarError)) throw error;
    const [message, hint] = told[error instanceof TarError ? 'damaged' : error.problem];
    throw new KinitError(`${path}: ${message}`, { exitCode: exitCodes.badInput, cause: error, hint });
  } finally {
    await file.close();
  }
}

/** Bytes: the PKI of a control plane is 40 KB. */
const longest = 16 * 1024 * 1024;

const again = '`kinit etcd snapshot save` writes it beside a snapshot, as FILE.pki.age';
const told: Readonly<Record<AgeError['problem'], readonly [message: string, hint: string]>> = {
  'no age file': ['it is no encrypted PKI', again],
  damaged: ['it is damaged or was cut short', 'copy it again from where it was made'],
  'wrong passphrase': ['the passphrase is not the one that it was encrypted with', 'nothing was written; try another'],
  'wrong key': ['it was not encrypted for this key', 'nothing was written; try another --pki-identity'],
  'for a passphrase': ['it was encrypted with a passphrase', 'give --pki-passphrase-file'],
  'for keys': ['it was encrypted for a key, with no passphrase', 'give --pki-identity'],
};

async function pkiIn(archive: Buffer): Promise<ClusterPki> {
  const found = new Map<string, Map<string, Secret>>();
  const bytes = { size: archive.length, read: async (at: number, size: number) => archive.subarray(at, at + size) };
  for await (const { name, type, offset, size } of tarEntries(bytes)) {
    const [, node = '', path = ''] = /^([a-z0-9][a-z0-9.-]*)\/(.*)$/i.exec(name) ?? [];
    if (type !== 'file' || !pkiFile.test(path)) throw new TarError('not a tar archive');
    const files = found.get(node) ?? new Map<string, Secret>();
    found.set(node, files.set(path, new Secret(archive.toString('utf8', offset, offset + size))));
  }
  return found;
}

/** The host through which a control plane is reached, by whose name the archive has it. Throws KinitError where it has none. */
export function pkiFor(node: string, pki: ClusterPki, host: Host): ControlPlanePki {
  const found = pki.get(node);
  if (found !== undefined) return found;
  throw new KinitError(`the archive has no PKI of ${node}, only of ${[...pki.keys()].join(', ')}`, {
    host: host.name,
    exitCode: exitCodes.preflight,
    hint: '`kinit etcd snapshot open-pki` writes it to a folder of this machine; what all control planes share can be copied from there',
  });
}

/**
 * Writes it to a folder of this machine, with one for each control plane (0700), each file for its owner alone. Returns their
 * paths. Throws KinitError where one of them is there already (exit 3, nothing was written) or cannot be written.
 */
export async function writePki(pki: ClusterPki, folder: string): Promise<readonly string[]> {
  const files = [...pki].flatMap(([node, own]) =>
    [...own].map(([path, content]) => ({ path: `${folder}/${node}/${path}`, content })),
  );
  for (const { path } of files) await refuseExisting(path);
  for (const { path, content } of files) {
    await onUserFile('write', path, () => makeFolder(path.slice(0, path.lastIndexOf('/')), 0o700));
    await writeWhole(path, asChunks(Buffer.from(content.reveal())), { mode: 0o600 });
  }
  return files.map(({ path }) => path);
}

/** Writes an encrypted one beside its snapshot. Throws WriteError. */
export async function writeSealed(path: string, sealed: Buffer): Promise<void> {
  await writeWhole(path, asChunks(sealed), { mode: 0o600 });
}

async function* asChunks(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
