import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What was done to one host. */
export interface Recording {
  readonly files: readonly { readonly path: string; readonly content: string; readonly mode: number }[];
  /** Calls of the stubs that change something, in order. */
  readonly commands: readonly (readonly string[])[];
}

/** The files of a host by path, without what the bench itself keeps there. */
export function filesOf(host: string, folder = ''): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const entry of readdirSync(join(host, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !own.includes(path)) for (const inner of filesOf(host, path)) found.set(...inner);
    else if (entry.isFile() && !own.includes(path)) found.set(path, readFileSync(join(host, path), 'utf8'));
  }
  return found;
}

/** Of the bench and of its hosts, each start of which brings others; and what only kinit itself keeps. */
const own = ['etc/machine-id', 'var/log', 'var/lib/stub-packages', 'var/lib/kinit', 'run', 'tmp', 'root', 'home'];

/** What the host has now that it had not, or not so, before. */
export function recordingOf(host: string, before: ReadonlyMap<string, string>): Recording {
  const now = [...filesOf(host)].filter(([path, content]) => before.get(path) !== content);
  return {
    files: now.map(([path, content]) => ({
      path: `/${path}`,
      content,
      mode: lstatSync(join(host, path)).mode & 0o777,
    })),
    commands: readFileSync(join(host, 'var/log/stub.log'), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split(' ')),
  };
}
