/** Bytes that lie somewhere, here or on a host, and what they must be; read piece by piece. */
export interface Source {
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** Throws KinitError where fewer bytes are there. */
  read(offset: number, length: number): Promise<Buffer>;
}

/** Bytes that travel at once: bounds what an upload or a copy keeps in memory. */
export const pieceSize = 8 * 1024 * 1024;

/** The pieces of a source in order, from an offset on. */
export async function* pieces({ size, read }: Pick<Source, 'size' | 'read'>, from = 0): AsyncGenerator<Buffer> {
  for (let offset = from; offset < size; offset += pieceSize) {
    yield await read(offset, Math.min(pieceSize, size - offset));
  }
}
