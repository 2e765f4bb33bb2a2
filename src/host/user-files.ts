import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { exitCodes, KinitError } from '../errors.ts';

/** A file or folder of the user's on this machine that cannot be read or written: where, and why. */
class FileError extends KinitError {
  override readonly name = 'FileError';

  constructor(doing: 'read' | 'write', path: string, cause: NodeJS.ErrnoException) {
    const known = reasons[cause.code ?? ''];
    super(`cannot ${doing} ${path}: ${known ?? cause.message}`, {
      exitCode: known === undefined ? exitCodes.phaseFailed : exitCodes.badInput,
      cause,
    });
  }
}

/** What is wrong with the place that the user has named; anything else (a full disk) went wrong on the way. */
const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'no permission',
  EPERM: 'it is not permitted',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is no directory',
  EEXIST: 'something else is there',
  EROFS: 'its file system is read-only',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'its links lead nowhere',
  EINVAL: 'its file system takes no such file',
  EBUSY: 'it is in use',
};

/** Does the work on a file of the user's. Throws FileError where the system refuses it. */
export async function onUserFile<Result>(
  doing: 'read' | 'write',
  path: string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && 'errno' in error) throw new FileError(doing, path, error as NodeJS.ErrnoException);
    throw error;
  }
}

/**
 * The folder with all above it, one after the other: Node's own recursion never ends where a file system takes no
 * folders and says that they are not there (/proc). The mode is its own alone. Throws what mkdir throws.
 */
export async function makeFolder(path: string, mode = 0o755): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await mkdir(path, { mode });
  }
}
