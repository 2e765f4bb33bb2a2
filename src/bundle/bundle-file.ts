import { createHash } from 'node:crypto';
import { digestOf, type LocalFile, openLocalFile, partOf } from '../archive/local-file.ts';
import type { Source } from '../archive/source.ts';
import { type TarEntry, TarError, tarEntries } from '../archive/tar.ts';
import { exitCodes, KinitError } from '../errors.ts';
import { type BundleLock, lockPath, parseLock } from './lock.ts';

/** A bundle on this machine; its files are read where they lie. */
export interface Bundle {
  readonly path: string;
  readonly lock: BundleLock;
  /** SHA-256 of the lock file, in hexadecimal: names everything in the bundle. */
  readonly digest: string;
  /** A file of the bundle. Throws for a path that the lock does not have. */
  source(path: string): Source;
  close(): Promise<void>;
}

/**
 * Opens a bundle: its lock, and a look at where every file lies. Throws KinitError that tells apart a file that is no
 * bundle (exit 3), one that was cut short (exit 3) and one whose files are not those of its lock (exit 6).
 */
export async function openBundle(path: string): Promise<Bundle> {
  const file = await openLocalFile(path);
  try {
    const { text, entries } = await contentOf(file);
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
export async function openVerifiedBundle(path: string): Promise<Bundle> {
  const bundle = await openBundle(path);
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

/** The lock's text, and where every other file lies. */
async function contentOf(file: LocalFile): Promise<{ text: string; entries: ReadonlyMap<string, TarEntry> }> {
  const entries = new Map<string, TarEntry>();
  let text: string | undefined;
  try {
    for await (const entry of tarEntries(file)) {
      if (text === undefined) {
        if (entry.name !== lockPath || entry.size > longestLock) throw new TarError('not a tar archive');
        text = (await file.read(entry.offset, entry.size)).toString('utf8');
      } else entries.set(entry.name, entry);
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
  return { text, entries };
}

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
