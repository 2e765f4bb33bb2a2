import { chmod, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SeenFile } from './host.ts';
import { makeFolder, onUserFile } from './user-files.ts';

/** What stands at `path` if `folder` is taken for `/`; undefined where nothing does. */
export async function seenBelow(folder: string, path: string): Promise<SeenFile | undefined> {
  const place = join(folder, path);
  const info = await stat(place).catch(() => undefined);
  if (info === undefined) return undefined;
  const common = { mode: info.mode & 0o777, owner: 'root:root', modified: 0 };
  if (info.isDirectory()) return { ...common, type: 'directory', entries: await readdir(place) };
  return { ...common, type: 'file', content: await readFile(place) };
}

/** The content of those of the files that are there. */
export async function readBelow(
  folder: string | undefined,
  paths: readonly string[],
): Promise<ReadonlyMap<string, Buffer>> {
  const found = new Map<string, Buffer>();
  for (const path of paths) {
    const content = folder === undefined ? undefined : (await seenBelow(folder, path))?.content;
    if (content !== undefined) found.set(path, content);
  }
  return found;
}

/** The directory with its mode, its parents as everybody may see them. */
export async function makeBelow(folder: string, path: string, mode: number): Promise<void> {
  const directory = join(folder, path);
  await onUserFile('write', directory, async () => {
    await makeFolder(directory);
    await chmod(directory, mode);
  });
}

/** The file with its mode. */
export async function writeBelow(folder: string, path: string, content: Buffer, mode: number): Promise<void> {
  const file = join(folder, path);
  await onUserFile('write', file, async () => {
    await makeFolder(dirname(file));
    await rm(file, { force: true });
    await writeFile(file, content, { mode });
    await chmod(file, mode);
  });
}
