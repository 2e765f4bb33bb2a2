import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { KinitError } from '../../errors.ts';
import { matches } from './known-hosts.ts';

/** The text of a file; undefined where there is none. Throws KinitError where it is there and cannot be read. */
export async function readIfThere(path: string): Promise<string | undefined> {
  return unlessAbsent(path, readFile(path, 'utf8'));
}

async function unlessAbsent<Result>(path: string, reading: Promise<Result>): Promise<Result | undefined> {
  try {
    return await reading;
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    const { says = message, hint = 'look at its owner and its mode' } = reasons[code] ?? {};
    throw new KinitError(`${path} cannot be read: ${says}`, { cause, hint });
  }
}

const tooMany = {
  says: 'too many files are open',
  hint: 'raise their limit (ulimit -n) and run the same command again, or act on fewer hosts at once',
};

const reasons: Readonly<Record<string, { readonly says: string; readonly hint?: string }>> = {
  EACCES: { says: 'permission denied' },
  EPERM: { says: 'permission denied' },
  EISDIR: { says: 'it is a directory' },
  EMFILE: tooMany,
  ENFILE: tooMany,
};

/**
 * The files whose name fits a pattern (`*` and `?` in its last part), in order, with their text. Throws KinitError where
 * one cannot be read: what it says must not get lost.
 */
export async function readMatching(
  pattern: string,
): Promise<readonly { readonly path: string; readonly text: string }[]> {
  const paths = /[*?]/.test(pattern) ? await namesLike(pattern) : [pattern];
  const files = await Promise.all(paths.map(async (path) => ({ path, text: await readIfThere(path) })));
  return files.flatMap(({ path, text }) => (text === undefined ? [] : [{ path, text }]));
}

async function namesLike(pattern: string): Promise<readonly string[]> {
  const folder = dirname(pattern);
  const names = (await unlessAbsent(folder, readdir(folder))) ?? [];
  const wanted = names.filter((name) => !name.startsWith('.') && matches(basename(pattern), name));
  return wanted.sort().map((name) => join(folder, name));
}
