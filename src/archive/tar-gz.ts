import { gzipSync } from 'node:zlib';
import { writeWhole } from './local-file.ts';
import { tarEnd, tarHeader, tarPadding } from './tar.ts';

/** A file of an archive. */
export interface TextEntry {
  /** Its path in the archive, of at most 100 bytes. */
  readonly name: string;
  readonly text: string;
}

/**
 * Writes texts as one compressed archive that its owner alone may read (0600 from the first byte), and that appears only when
 * it is whole. `now`: milliseconds since the epoch. Throws WriteError.
 */
export async function writeTarGz(path: string, entries: readonly TextEntry[], now: number): Promise<void> {
  const archive = Buffer.concat([
    ...entries.flatMap(({ name, text }) => {
      const content = Buffer.from(text);
      const header = tarHeader(name, content.length, Math.floor(now / 1000), 0o600);
      return [header, content, tarPadding(content.length)];
    }),
    tarEnd,
  ]);
  await writeWhole(path, one(gzipSync(archive)), { mode: 0o600 });
}

async function* one(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
