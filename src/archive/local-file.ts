import { createHash, randomBytes } from 'node:crypto';
import { chmod, type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { KinitError } from '../errors.ts';
import { pieces, type Source } from './source.ts';

/** An open file of this machine. */
export interface LocalFile {
  readonly path: string;
  readonly size: number;
  /** Fewer bytes than asked for only at the end of the file. */
  read(offset: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** Opens a file for reading. Throws KinitError (exit 3) where that is not possible. */
export async function openLocalFile(path: string): Promise<LocalFile> {
  const unreadable = (error: unknown): never => {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = {
      ENOENT: 'no such file',
      EACCES: 'no permission to read it',
      EISDIR: 'it is a directory',
      ENOTREG: 'it is not a file',
    }[code ?? ''];
    throw new KinitError(`${path}: ${why ?? message}`, { exitCode: 3, cause: error });
  };
  // Opening a pipe would wait for its other end.
  const kind = await stat(path).catch(unreadable);
  if (!kind.isFile()) unreadable({ code: kind.isDirectory() ? 'EISDIR' : 'ENOTREG' });
  const handle: FileHandle = await open(path, 'r').catch(unreadable);
  const { size } = await handle.stat();
  return {
    path,
    size,
    close: () => handle.close(),
    async read(offset, length) {
      const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - offset)));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
      return buffer.subarray(0, bytesRead);
    },
  };
}

/** A part of an open file; the whole of it when nothing else is said. */
export function partOf(file: LocalFile, sha256: string, { offset = 0, size = file.size } = {}): Source {
  return { size, sha256, read: (from, length) => file.read(offset + from, Math.min(length, size - from)) };
}

/** The digest of a file or a part of one, in hexadecimal. */
export async function digestOf(file: Pick<Source, 'size' | 'read'>): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of pieces(file)) hash.update(piece);
  return hash.digest('hex');
}

/** A file of ours that could not be written. */
export class WriteError extends KinitError {
  override readonly name = 'WriteError';
}

const whyNot: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'a part of the path is no directory',
  EACCES: 'no permission to write',
  EROFS: 'its file system is read-only',
  EISDIR: 'it is a directory',
  ENOTREG: 'it is not a file',
};

/**
 * Writes a file that appears only when it is whole and on the disk, its name too. Throws WriteError: a full disk, a
 * folder that is not there; and what the chunks throw. Nothing is left behind then.
 */
export async function writeWhole(
  path: string,
  chunks: AsyncIterable<Buffer>,
  { mode = 0o644 }: { readonly mode?: number } = {},
): Promise<void> {
  let part = '';
  try {
    const place = await replaceable(path);
    part = join(dirname(place), `.${basename(place)}.part`);
    await rm(part, { force: true });
    const handle = await open(part, 'wx', mode);
    try {
      for await (const chunk of chunks) await handle.appendFile(chunk);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await chmod(part, mode);
    await rename(part, place);
    await syncFolder(dirname(place));
  } catch (error) {
    if (part !== '') await rm(part, { force: true }).catch(() => undefined);
    throw asWriteError(error, path);
  }
}

/** Throws WriteError where `writeWhole` could not even begin: before an hour's work for it is done. Leaves nothing behind. */
export async function assertWritable(path: string): Promise<void> {
  try {
    const place = await replaceable(path);
    // A name that nobody can foresee, and no link is followed: in /tmp others may have laid one.
    const trial = join(dirname(place), `.${basename(place)}.${randomBytes(4).toString('hex')}`);
    await (await open(trial, 'wx', 0o600)).close();
    await rm(trial, { force: true });
  } catch (error) {
    throw asWriteError(error, path);
  }
}

/**
 * Where a link leads: it stays one. A folder cannot be replaced by a file; a device or a pipe can be by root, and must not.
 */
async function replaceable(path: string): Promise<string> {
  const there = await stat(path).catch(() => undefined);
  if (there === undefined) return path;
  if (there.isFile()) return realpath(path);
  const code = there.isDirectory() ? 'EISDIR' : 'ENOTREG';
  throw Object.assign(new Error(code), { code });
}

function asWriteError(error: unknown, path: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof KinitError || code === undefined) return error;
  return new WriteError(`cannot write ${path}: ${whyNot[code] ?? message}`, { cause: error });
}

/** Not every file system lets a folder be synced; those that do not have no need of it. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  await folder.sync().catch(() => undefined);
  await folder.close();
}

/** The bytes of a source. Throws KinitError when they are not what its digest promises. */
export async function* checkedBytes(source: Source, name: string): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  for await (const piece of pieces(source)) {
    hash.update(piece);
    yield piece;
  }
  if (hash.digest('hex') !== source.sha256) throw new KinitError(`${name} changed while it was read`);
}
