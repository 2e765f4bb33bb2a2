import { checked, writeWhole } from '../archive/local-file.ts';
import type { Source } from '../archive/source.ts';
import { tarEnd, tarHeader, tarPadding } from '../archive/tar.ts';
import { type BundleLock, lockPath, lockText } from './lock.ts';

/**
 * Writes a bundle: a tar archive with the lock first, then its files in the lock's order, each checked as it passes.
 * The file appears only when it is whole, with mode 0644. Throws KinitError.
 */
export async function writeBundle(path: string, lock: BundleLock, sources: ReadonlyMap<string, Source>): Promise<void> {
  await writeWhole(path, archive(lock, sources));
}

async function* archive(lock: BundleLock, sources: ReadonlyMap<string, Source>): AsyncGenerator<Buffer> {
  const modified = Math.floor(Date.parse(lock.created) / 1000);
  const text = Buffer.from(lockText(lock));
  yield Buffer.concat([tarHeader(lockPath, text.length, modified), text, tarPadding(text.length)]);
  for (const { path } of lock.files) {
    const source = sources.get(path);
    if (source === undefined) throw new Error(`no source for ${path}`);
    yield tarHeader(path, source.size, modified);
    yield* checked(source, path);
    yield tarPadding(source.size);
  }
  yield tarEnd;
}
