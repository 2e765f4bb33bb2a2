import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { KinitError } from '../errors.ts';
import { reveal, type Secret } from '../secret.ts';
import type { Facts } from './facts/facts.ts';
import { makeBelow, readBelow, seenBelow, writeBelow } from './folder-files.ts';
import type {
  CommandResult,
  FileWrite,
  Host,
  Operation,
  OperationResult,
  Seen,
  SeenFile,
  SeenPath,
  SeenService,
  Wanted,
} from './host.ts';

export interface OverlayOptions {
  readonly name: string;
  /** Read through to it; nothing on it is ever changed. Without one the host is bare. */
  readonly base?: Host;
  /** Of a bare host. */
  readonly facts?: Facts;
  /** Files are really written below this folder, as if it were `/`. */
  readonly folder?: string;
  /** What the folder holds already is there. */
  readonly goesOn?: boolean;
}

/**
 * A host that answers as if all that was performed on it had happened, and is not touched: for plans, dry runs and
 * `--output-dir`.
 */
export function overlayHost(options: OverlayOptions): Host {
  const files = new Map<string, { content: Buffer; mode: number } | 'directory' | 'absent'>();
  const services = new Map<string, SeenService>();
  /** Directories whose content on the base is gone. */
  const emptied = new Set<string>();

  const write = async ({ path, content, mode }: FileWrite) => {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(reveal(content as string | Secret));
    files.set(path, { content: bytes, mode });
    if (options.folder !== undefined) await writeBelow(options.folder, path, bytes, mode);
  };

  /** Copies of what is on the base, which nobody reads for them: path -> whose copy it is. */
  const copies = new Map<string, string>();
  const original = (path: string) => (files.has(path) ? path : (copies.get(path) ?? path));

  const copy = async (from: string, to: string) => {
    const mine = files.get(from);
    files.delete(to);
    emptied.delete(to);
    if (typeof mine === 'object') return write({ path: to, ...mine });
    copies.set(to, original(from));
  };

  const perform = async (operation: Operation) => {
    switch (operation.op) {
      case 'write':
        return write(operation.file);
      case 'directory':
        files.set(operation.path, 'directory');
        if (options.folder !== undefined) await makeBelow(options.folder, operation.path, operation.mode);
        return;
      case 'remove':
        for (const path of files.keys()) if (path.startsWith(`${operation.path}/`)) files.set(path, 'absent');
        emptied.add(operation.path);
        if (!operation.contents) files.set(operation.path, 'absent');
        if (options.folder !== undefined)
          await rm(join(options.folder, operation.path), { recursive: true, force: true });
        return;
      case 'copy':
        return copy(operation.from, operation.to);
      case 'run':
        rememberService(operation.argv, services);
    }
  };

  const known = options.goesOn ? options.folder : undefined;
  const under = async (path: string, below: SeenPath | undefined): Promise<readonly [string, SeenFile]> => [
    path,
    seenPath(path, below ?? (known === undefined ? undefined : await seenBelow(known, path))),
  ];

  const isGone = (path: string) => ancestors(path).some((folder) => emptied.has(folder));

  /** Names of what is really there, without those that went and with those that came. */
  const namesIn = (folder: string, below: readonly string[] = []): readonly string[] => {
    const mine = [...files.keys()].flatMap((path) =>
      path.startsWith(`${folder}/`) ? [path.slice(folder.length + 1)] : [],
    );
    const [came, went] = [new Set<string>(), new Set<string>()];
    for (const path of mine) {
      const [name = '', ...deeper] = path.split('/');
      if (files.get(`${folder}/${path}`) !== 'absent') came.add(name);
      else if (deeper.length === 0) went.add(name);
    }
    const stays = emptied.has(folder) || isGone(folder) ? [] : below.filter((name) => !went.has(name));
    return [...new Set([...stays, ...came])];
  };

  const seenPath = (path: string, below: SeenFile | undefined): SeenFile => {
    const mine = files.get(path);
    if (mine === 'absent') return absent;
    if (typeof mine === 'object')
      return { type: 'file', mode: mine.mode, owner: 'root:root', modified: 0, content: mine.content };
    const there = isGone(path) ? undefined : below;
    const entries = namesIn(path, there?.entries);
    const made: SeenPath = { ...absent, type: 'directory', mode: 0o755 };
    if (mine === 'directory') return { ...made, entries };
    if (there?.type === 'directory') return there.entries === undefined ? there : { ...there, entries };
    return there ?? (entries.length > 0 ? made : absent);
  };

  return {
    name: options.name,
    local: options.base?.local ?? true,
    async observe(wanted: Wanted): Promise<Seen> {
      const asked = {
        ...wanted,
        files: [...(wanted.files ?? []), ...(wanted.files ?? []).map(original)],
        paths: [...(wanted.paths ?? []), ...(wanted.paths ?? []).map(original)],
      };
      const below = (await options.base?.observe(copies.size > 0 ? asked : wanted)) ?? bare(wanted, options.facts);
      return {
        ...below,
        files: new Map(
          await Promise.all((wanted.files ?? []).map((path) => under(path, below.files.get(original(path))))),
        ),
        paths: new Map(
          await Promise.all((wanted.paths ?? []).map((path) => under(path, below.paths.get(original(path))))),
        ),
        services: new Map([...below.services, ...services]),
      };
    },
    async perform(operations: readonly Operation[]): Promise<readonly OperationResult[]> {
      const results: OperationResult[] = [];
      for (const [index, operation] of operations.entries()) {
        await perform(operation);
        results.push({ index, ...done });
      }
      return results;
    },
    async run(): Promise<CommandResult> {
      return done;
    },
    async write(all: readonly FileWrite[]): Promise<void> {
      for (const file of all) await write(file);
    },
    async read(paths: readonly string[]) {
      const mine = paths.flatMap((path) => {
        const file = files.get(path);
        return typeof file === 'object' ? [[path, file.content] as const] : [];
      });
      const rest = paths.filter((path) => !files.has(path) && !isGone(path));
      const below = rest.length > 0 ? ((await options.base?.read(rest)) ?? (await readBelow(known, rest))) : undefined;
      return new Map([...(below ?? []), ...mine]);
    },
    async connect(target) {
      if (options.base) return options.base.connect(target);
      throw new KinitError('nothing is running here: this only shows what would be made', { host: options.name });
    },
    async close() {
      await options.base?.close();
    },
  };
}

/** The directories that a path lies in: `/a` and `/a/b` of `/a/b/c`. */
function ancestors(path: string): readonly string[] {
  const parts = path.split('/').slice(1, -1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
}

const done: CommandResult = { code: 0, stdout: '', stderr: '' };
const absent: SeenPath = { type: 'absent', mode: 0, owner: '', modified: 0 };

function bare(wanted: Wanted, facts: Facts | undefined): Seen {
  return {
    ...(wanted.facts && facts ? { facts } : {}),
    files: new Map(),
    paths: new Map(),
    services: new Map(
      (wanted.services ?? []).map((name) => [name, { exists: false, active: false, enabled: false, since: 0 }]),
    ),
    commands: new Map(),
  };
}

/** What systemctl would have made of a service. */
function rememberService(argv: readonly string[], services: Map<string, SeenService>): void {
  const [program, verb, ...rest] = argv;
  const name = rest.at(-1);
  if (program !== 'systemctl' || name === undefined) return;
  const before = services.get(name) ?? { exists: true, active: false, enabled: false, since: 0 };
  if (verb === 'restart' || verb === 'start')
    services.set(name, { ...before, active: true, since: Number.MAX_SAFE_INTEGER });
  if (verb === 'stop') services.set(name, { ...before, active: false, since: 0 });
  if (verb === 'enable') services.set(name, { ...before, enabled: true });
  if (verb === 'disable')
    services.set(name, { ...before, enabled: false, active: rest.includes('--now') ? false : before.active });
}
