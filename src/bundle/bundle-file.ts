import { createHash } from 'node:crypto';
import { digestOf, type LocalFile, openLocalFile, partOf } from '../archive/local-file.ts';
import type { Source } from '../archive/source.ts';
import { type TarEntry, TarError, tarEntries } from '../archive/tar.ts';
import { exitCodes, KinitError } from '../errors.ts';
import { type BundleLock, lockPath, parseLock } from './lock.ts';
import { checkSignature, longestSignature, signaturePath, signerOf, type VerifyingKey } from './signature.ts';

/** A bundle on this machine; its files are read where they lie. */
export interface Bundle {
  readonly path: string;
  readonly lock: BundleLock;
  /** SHA-256 of the lock file, in hexadecimal: names everything in the bundle. */
  readonly digest: string;
  /** The fingerprint of the key that its signature names, which only `key` of openBundle checks. */
  readonly signer: string | undefined;
  /** A file of the bundle. Throws for a path that the lock does not have. */
  source(path: string): Source;
  close(): Promise<void>;
}

/** What hosts get of a bundle. */
export type BundleContent = Pick<Bundle, 'lock' | 'digest' | 'source'>;

/**
 * Opens a bundle: its lock, and a look at where every file lies. With a key, only one that is signed with it. Throws
 * KinitError that tells apart a file that is no bundle (exit 3), one that was cut short (exit 3), one whose files are not
 * those of its lock and one that is not signed with the key (exit 6).
 */
export async function openBundle(path: string, key?: VerifyingKey): Promise<Bundle> {
  const file = await openLocalFile(path);
  try {
    const { text, signature, entries } = await contentOf(file);
    if (key !== undefined) checkSignature(text, signature, key, path);
    const signer = signature === undefined ? undefined : signerOf(signature);
    if (signature !== undefined && signer === undefined) throw tampered(path, [noSignature]);
    const lock = parseLock(text, path);
    const changed = differences(lock, entries);
    if (changed.length > 0) throw tampered(path, changed);
    const sources = new Map(
      lock.files.map(({ path: name, size, sha256 }) => {
        const offset = entries.get(name)?.offset ?? 0;
        return [name, partOf(file, sha256, { offset, size })];
      }),
    );
    return {
      path,
      lock,
      signer,
      digest: createHash('sha256').update(text).digest('hex'),
      source(name) {
        const source = sources.get(name);
        if (source === undefined) throw new Error(`no ${name} in the bundle`);
        return source;
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Opens a bundle and compares every byte of it with its lock. Throws what the two throw. */
export async function openVerifiedBundle(path: string, key?: VerifyingKey): Promise<Bundle> {
  const bundle = await openBundle(path, key);
  try {
    await verifyBundle(bundle);
    return bundle;
  } catch (error) {
    await bundle.close();
    throw error;
  }
}

/** Compares every byte that would be brought to a host with the lock. Throws KinitError (exit 6) that names the files that were changed. */
export async function verifyBundle(bundle: Bundle): Promise<void> {
  const changed: string[] = [];
  for (const { path, sha256 } of bundle.lock.files) {
    if ((await digestOf(bundle.source(path))) !== sha256) changed.push(`${path} has another digest`);
  }
  if (changed.length > 0) throw tampered(bundle.path, changed);
}

interface Content {
  /** Of the lock. */
  readonly text: string;
  readonly signature: string | undefined;
  /** Where every other file lies. */
  readonly entries: ReadonlyMap<string, TarEntry>;
}

async function contentOf(file: LocalFile): Promise<Content> {
  const entries = new Map<string, TarEntry>();
  let text: string | undefined;
  let signature: string | undefined;
  try {
    for await (const entry of tarEntries(file)) {
      if (text === undefined) {
        if (entry.name !== lockPath || entry.size > longestLock) throw new TarError('not a tar archive');
        text = (await file.read(entry.offset, entry.size)).toString('utf8');
      } else if (entry.name === signaturePath && entries.size === 0 && signature === undefined) {
        if (entry.size > longestSignature) throw tampered(file.path, [noSignature]);
        signature = (await file.read(entry.offset, entry.size)).toString('utf8');
      } else if (entry.type !== 'file') throw tampered(file.path, [`${entry.name} is no plain file`]);
      else if (entries.has(entry.name)) throw tampered(file.path, [`${entry.name} is in it twice`]);
      else entries.set(entry.name, entry);
    }
  } catch (error) {
    if (!(error instanceof TarError)) throw error;
    const ours = (await file.read(0, lockPath.length)).toString('latin1') === lockPath;
    if (ours && error.problem === 'truncated') throw truncated(file);
    if (text !== undefined) throw tampered(file.path, ['its archive is damaged']);
    throw new KinitError(`${file.path}: not a kinit bundle`, {
      exitCode: exitCodes.badInput,
      hint: 'make one with kinit bundle create; archives of images are for kinit images load',
      cause: error,
    });
  }
  if (text === undefined)
    throw new KinitError(`${file.path}: not a kinit bundle: it is empty`, { exitCode: exitCodes.badInput });
  return { text, signature, entries };
}

const noSignature = 'its signature is none that kinit makes';
const longestLock = 16 * 1024 * 1024;

function truncated(file: LocalFile): KinitError {
  return new KinitError(`${file.path}: truncated: it ends after ${file.size} bytes, in the middle of its files`, {
    exitCode: exitCodes.badInput,
    hint: 'copy it again and compare its sha256sum with where it came from',
  });
}

function tampered(path: string, changed: readonly string[]): KinitError {
  return new KinitError(`${path}: not what its lock file says:\n${changed.map((line) => `  ${line}`).join('\n')}`, {
    exitCode: exitCodes.trustRefused,
    hint: 'do not use it; fetch it again from where it was made',
  });
}

/** By names and sizes alone. */
function differences(lock: BundleLock, entries: ReadonlyMap<string, TarEntry>): readonly string[] {
  const listed = new Set(lock.files.map(({ path }) => path));
  return [
    ...lock.files.flatMap(({ path, size }) => {
      const entry = entries.get(path);
      if (entry === undefined) return [`${path} is missing`];
      return entry.size === size ? [] : [`${path} has ${entry.size} bytes, not ${size}`];
    }),
    ...[...entries.keys()].flatMap((name) => (listed.has(name) ? [] : [`${name} does not belong to it`])),
  ];
}
