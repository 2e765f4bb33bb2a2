import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { matches } from './known-hosts.ts';

/** The text of a file; undefined where there is none or it may not be read. */
export function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

/** The files whose name fits a pattern (`*` and `?` in its last part), in order, with their text. */
export async function readMatching(
  pattern: string,
): Promise<readonly { readonly path: string; readonly text: string }[]> {
  const paths = /[*?]/.test(pattern) ? await namesLike(pattern) : [pattern];
  const files = await Promise.all(paths.map(async (path) => ({ path, text: await readText(path) })));
  return files.flatMap(({ path, text }) => (text === undefined ? [] : [{ path, text }]));
}

async function namesLike(pattern: string): Promise<readonly string[]> {
  const folder = dirname(pattern);
  const names = await readdir(folder).catch(() => []);
  const wanted = names.filter((name) => !name.startsWith('.') && matches(basename(pattern), name));
  return wanted.sort().map((name) => join(folder, name));
}
