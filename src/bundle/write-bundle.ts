import { checkedBytes, writeWhole } from '../archive/local-file.ts';
import type { Source } from '../archive/source.ts';
import { tarEnd, tarHeader, tarPadding } from '../archive/tar.ts';
import { type BundleLock, lockPath, lockText } from './lock.ts';
import { type SigningKey, signaturePath, signatureText } from './signature.ts';

/**
 * Writes a bundle: a tar archive with the lock first, its signature where there is a key, then its files in the lock's
 * order, each checkedBytes as it passes. The file appears only when it is whole, with mode 0644. Throws KinitError.
 */
export async function writeBundle(
  path: string,
  lock: BundleLock,
  sources: ReadonlyMap<string, Source>,
  key?: SigningKey,
): Promise<void> {
  await writeWhole(path, archive(lock, sources, key));
}

async function* archive(
  lock: BundleLock,
  sources: ReadonlyMap<string, Source>,
  key: SigningKey | undefined,
): AsyncGenerator<Buffer> {
  const modified = Math.floor(Date.parse(lock.created) / 1000);
  const entry = (name: string, content: string) => {
    const text = Buffer.from(content);
    return Buffer.concat([tarHeader(name, text.length, modified), text, tarPadding(text.length)]);
  };
  yield entry(lockPath, lockText(lock));
  if (key !== undefined) yield entry(signaturePath, signatureText(lockText(lock), key));
  for (const { path } of lock.files) {
    const source = sources.get(path);
    if (source === undefined) throw new Error(`no source for ${path}`);
    yield tarHeader(path, source.size, modified);
    yield* checkedBytes(source, path);
    yield tarPadding(source.size);
  }
  yield tarEnd;
}
