import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import type { ConfigFile } from '../../config/documents.ts';
import { InputError } from '../../errors.ts';
import type { Patch } from '../../manifests/patches.ts';
import type { Io } from '../io.ts';

/** Bytes of the longest file that a user writes: twice what is read as YAML. */
const longest = 8 * 1024 * 1024;

/** The text of a file that the user named; `-` is stdin. Throws InputError where it cannot be read, or has no end. */
export async function readText(path: string, io: Io, flag = '--config'): Promise<string> {
  try {
    const parts: Buffer[] = [];
    let size = 0;
    for await (const part of path === '-' ? io.stdin : createReadStream(resolve(io.cwd, path))) {
      parts.push(Buffer.from(part as string | Buffer));
      size += parts.at(-1)?.length ?? 0;
      if (size > longest) throw new Error(`it is larger than ${longest / 1024 / 1024} MiB`);
    }
    return Buffer.concat(parts).toString('utf8');
  } catch (error) {
    throw new InputError([{ place: `${flag} ${path}`, message: reason(error) }]);
  }
}

/** The documents of the --config file; undefined without one. Throws InputError with every problem in it. */
export async function readDocuments(
  flags: { readonly config?: string | undefined; readonly lenient?: boolean | undefined },
  io: Io,
  warn: (text: string) => void,
): Promise<ConfigFile | undefined> {
  if (flags.config === undefined) return undefined;
  const { readConfigFile } = await import('../../config/read.ts');
  return readConfigFile(await readText(flags.config, io), flags.config, { lenient: flags.lenient === true, warn });
}

/**
 * The patches of a --patches directory and the folders in it, in the order of their file names; links to files count as
 * files (Go's filepath.Walk). Throws InputError.
 */
export async function readPatchFiles(
  directory: string | undefined,
  io: Io,
  warn: (text: string) => void,
): Promise<readonly Patch[]> {
  if (directory === undefined) return [];
  const { parsePatches } = await import('../../manifests/patches.ts');
  const folder = resolve(io.cwd, directory);
  try {
    const entries = await readdir(folder, { withFileTypes: true, recursive: true });
    const files = await Promise.all(
      entries.map(async (entry) => {
        const path = resolve(entry.parentPath, entry.name);
        const isFile = entry.isFile() || (entry.isSymbolicLink() && (await stat(path)).isFile());
        return isFile ? [{ name: relative(folder, path), text: await readFile(path, 'utf8') }] : [];
      }),
    );
    return parsePatches(files.flat(), { warn });
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError([{ place: `--patches ${directory}`, message: reason(error) }]);
  }
}

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return (
    (
      {
        ENOENT: 'no such file or directory',
        EACCES: 'no permission to read it',
        EISDIR: 'it is a directory',
        ENOTDIR: 'it is not a directory',
      } as Record<string, string>
    )[code ?? ''] ?? message
  );
}
