import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { defined } from '../../defined.ts';
import { exitCodes, KinitError } from '../../errors.ts';
import { ownUser } from '../../host/own-user.ts';
import type { Io } from '../io.ts';

/** Where kubectl on this machine looks for its kubeconfig. */
export interface KubeconfigPlace {
  /** The file that is written to. */
  readonly path: string;
  /** What it holds; undefined where there is none. */
  readonly text: string | undefined;
  /** `UID:GID` of the file that is there, where root writes another's: with sudo a user's file stays the user's. */
  readonly owner: string | undefined;
  /** What kubectl reads beside it, path -> text. */
  readonly others: ReadonlyMap<string, string>;
}

/**
 * The file of a flag; without it the one that kubectl would write to: of $KUBECONFIG the first that exists, else the last, or
 * ~/.kube/config (client-go tools/clientcmd PathOptions.GetDefaultFilename). Throws KinitError where it cannot be read or
 * is no file.
 */
export async function kubeconfigPlace(flag: string | undefined, io: Io): Promise<KubeconfigPlace> {
  if (flag !== undefined) {
    const path = resolve(io.cwd, flag);
    return { path, text: await textOf(path), owner: await otherOwner(path), others: new Map() };
  }
  const listed = (io.env['KUBECONFIG'] ?? '').split(delimiter).filter(Boolean);
  const paths = [...new Set(listed.map((path) => resolve(io.cwd, path)))];
  const texts = new Map<string, string>();
  for (const path of paths) {
    const text = await textOf(path);
    if (text !== undefined) texts.set(path, text);
  }
  const path = [...texts.keys()][0] ?? paths.at(-1) ?? join(io.env['HOME'] ?? homedir(), '.kube', 'config');
  const text = texts.get(path) ?? (paths.length > 0 ? undefined : await textOf(path));
  texts.delete(path);
  return { path, text, owner: await otherOwner(path), others: texts };
}

async function otherOwner(path: string): Promise<string | undefined> {
  if (ownUser().id !== 0) return undefined;
  const seen = await stat(path).catch(() => undefined);
  return seen === undefined || seen.uid === 0 ? undefined : `${seen.uid}:${seen.gid}`;
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    const { size } = await stat(path).then((seen) => (seen.isFile() ? seen : refuse(path, 'is not a file')));
    if (size > longest) refuse(path, `is larger than ${longest / 1024 / 1024} MiB`);
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof KinitError) throw error;
    if (code === 'ENOENT') return undefined;
    return refuse(path, code === 'EACCES' ? 'may not be read by you' : (error as Error).message, error);
  }
}

const longest = 4 * 1024 * 1024;

function refuse(path: string, why: string, cause?: unknown): never {
  throw new KinitError(`${path} ${why}`, {
    exitCode: exitCodes.badInput,
    hint: 'give another file with --to FILE',
    ...defined({ cause }),
  });
}
