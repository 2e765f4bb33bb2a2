import type { Duplex } from 'node:stream';
import { KinitError } from '../../src/errors.ts';
import type { Facts } from '../../src/host/facts/facts.ts';
import type {
  CommandResult,
  ConnectTarget,
  FileWrite,
  Host,
  Operation,
  OperationResult,
  RunOptions,
  Seen,
  SeenFile,
  SeenPath,
  SeenService,
  Wanted,
} from '../../src/host/host.ts';
import { asksNothing } from '../../src/host/shell/shell-host.ts';
import { reveal } from '../../src/secret.ts';

/** What a command answers; a function sees its argv and input and may change the host. */
export type Script =
  | Partial<CommandResult>
  | ((argv: readonly string[], input: Buffer) => Partial<CommandResult> | Promise<Partial<CommandResult>>);

export interface FakeHostOptions {
  readonly name?: string;
  readonly facts?: Facts | (() => Facts);
  /** Path -> content, mode 0644; what is above them exists as directories. */
  readonly files?: Readonly<Record<string, string>>;
  readonly services?: Readonly<Record<string, Partial<SeenService>>>;
  /** Words that a command line starts with (`systemctl restart`) -> its answer; the longest wins. */
  readonly commands?: Readonly<Record<string, Script>>;
  readonly connect?: (target: ConnectTarget) => Promise<Duplex>;
}

type Entry =
  | {
      readonly type: 'file';
      readonly content: Buffer;
      readonly mode: number;
      readonly owner: string;
      readonly modified: number;
    }
  | { readonly type: 'directory'; readonly mode: number; readonly owner: string; readonly modified: number };

/**
 * A machine in memory: a file map and scripted commands. A command that no script answers fails the test; only the
 * lock of the host is always free.
 */
export class FakeHost implements Host {
  readonly name: string;
  readonly local = false;
  readonly entries = new Map<string, Entry>();
  readonly services = new Map<string, SeenService>();
  /** Every command that ran, in order. */
  readonly ran: (readonly string[])[] = [];
  roundTrips = 0;
  closed = false;
  readonly #options: FakeHostOptions;
  readonly #streams = new Set<Duplex>();
  #time = 1_700_000_000;

  constructor(options: FakeHostOptions = {}) {
    this.#options = options;
    this.name = options.name ?? 'fake';
    for (const [path, content] of Object.entries(options.files ?? {})) this.#put({ path, content, mode: 0o644 });
    for (const [name, state] of Object.entries(options.services ?? {})) {
      this.services.set(name, { exists: true, active: false, enabled: false, since: 0, ...state });
    }
  }

  /** The text of a file; undefined where there is none. */
  text(path: string): string | undefined {
    const entry = this.entries.get(path);
    return entry?.type === 'file' ? entry.content.toString('utf8') : undefined;
  }

  /** A file that the machine itself writes, which costs nobody a round trip. */
  place(path: string, content: string, mode = 0o644): void {
    const { code, stderr } = this.#put({ path, content, mode });
    if (code !== 0) throw new Error(`${this.name}: ${stderr}`);
  }

  async observe(wanted: Wanted): Promise<Seen> {
    if (!asksNothing(wanted)) this.roundTrips += 1;
    const commands = new Map<string, CommandResult>();
    for (const argv of wanted.commands ?? []) commands.set(argv.join('\0'), await this.#answer(argv));
    const facts = typeof this.#options.facts === 'function' ? this.#options.facts() : this.#options.facts;
    if (wanted.facts && !facts) throw new Error(`${this.name} has no facts to show`);
    return {
      ...(wanted.facts && facts ? { facts } : {}),
      files: new Map((wanted.files ?? []).map((path) => [path, this.#seenFile(path)])),
      paths: new Map((wanted.paths ?? []).map((path) => [path, this.#seenPath(path)])),
      services: new Map((wanted.services ?? []).map((name) => [name, this.services.get(name) ?? noService])),
      commands,
    };
  }

  async perform(operations: readonly Operation[]): Promise<readonly OperationResult[]> {
    this.roundTrips += 1;
    const results: OperationResult[] = [];
    for (const [index, operation] of operations.entries()) {
      const result = { index, ...(await this.#perform(operation)) };
      results.push(result);
      if (result.code !== 0) break;
    }
    return results;
  }

  async run(argv: readonly string[], { stdin }: RunOptions = {}): Promise<CommandResult> {
    this.roundTrips += 1;
    return this.#answer(argv, stdin);
  }

  async write(files: readonly FileWrite[]): Promise<void> {
    this.roundTrips += 1;
    for (const file of files) {
      const { code, stderr } = this.#put(file);
      if (code !== 0) throw new KinitError(`cannot write ${file.path}: ${stderr}`, { host: this.name });
    }
  }

  async read(paths: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
    this.roundTrips += 1;
    const found = new Map<string, Buffer>();
    for (const path of paths) {
      const entry = this.entries.get(path);
      if (entry?.type === 'directory')
        throw new KinitError(`cannot read ${path}: it is a directory`, { host: this.name });
      if (entry) found.set(path, entry.content);
    }
    return found;
  }

  async connect(target: ConnectTarget): Promise<Duplex> {
    if (this.closed) throw new KinitError('the connection is closed', { host: this.name });
    if (!this.#options.connect) throw new Error(`nobody listens on ${JSON.stringify(target)} of ${this.name}`);
    const stream = await this.#options.connect(target);
    this.#streams.add(stream);
    stream.once('close', () => this.#streams.delete(stream));
    return stream;
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const stream of this.#streams) stream.destroy();
  }

  async #perform(operation: Operation): Promise<CommandResult> {
    switch (operation.op) {
      case 'write':
        return this.#put(operation.file);
      case 'directory':
        return this.#directory(operation.path, operation.mode, operation.owner);
      case 'remove':
        for (const path of this.entries.keys()) {
          if (path.startsWith(`${operation.path}/`) || (path === operation.path && !operation.contents))
            this.entries.delete(path);
        }
        return done;
      case 'copy':
        return this.#copy(operation.from, operation.to);
      case 'run':
        return this.#answer(operation.argv, operation.stdin);
    }
  }

  #copy(from: string, to: string): CommandResult {
    const tree = [...this.entries].filter(([path]) => path === from || path.startsWith(`${from}/`));
    if (tree.length === 0) return failed(`${from} is not there`);
    const parent = this.#directory(parentOf(to), undefined);
    if (parent.code !== 0) return parent;
    for (const path of this.entries.keys()) {
      if (path === to || path.startsWith(`${to}/`)) this.entries.delete(path);
    }
    for (const [path, entry] of tree) this.entries.set(`${to}${path.slice(from.length)}`, entry);
    return done;
  }

  #put({ path, content, mode, owner = 'root:root' }: FileWrite): CommandResult {
    if (this.entries.get(path)?.type === 'directory') return failed(`cannot overwrite directory '${path}'`);
    const parent = this.#directory(parentOf(path), undefined);
    if (parent.code !== 0) return parent;
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(reveal(content));
    this.entries.set(path, { type: 'file', content: bytes, mode, owner, modified: this.#tick() });
    return done;
  }

  #directory(path: string, mode: number | undefined, owner = 'root:root'): CommandResult {
    if (path === '') return done;
    const there = this.entries.get(path);
    if (there?.type === 'file') return failed(`cannot create directory '${path}': File exists`);
    if (there && mode === undefined) return done;
    const parent = this.#directory(parentOf(path), undefined);
    if (parent.code !== 0) return parent;
    this.entries.set(path, { type: 'directory', mode: mode ?? 0o755, owner, modified: this.#tick() });
    return done;
  }

  async #answer(argv: readonly string[], stdin: RunOptions['stdin'] = ''): Promise<CommandResult> {
    this.ran.push(argv);
    const line = argv.join(' ');
    const scripts = Object.entries(this.#options.commands ?? {}).filter(
      ([words]) => line === words || line.startsWith(`${words} `),
    );
    const script = scripts.sort(([a], [b]) => b.length - a.length)[0]?.[1];
    if (script === undefined && argv[3] === 'kinit-lock') return done;
    if (script === undefined) throw new Error(`unscripted command on ${this.name}: ${line}`);
    const input = Buffer.isBuffer(stdin) ? stdin : Buffer.from(reveal(stdin));
    return { ...done, ...(typeof script === 'function' ? await script(argv, input) : script) };
  }

  #seenFile(path: string): SeenFile {
    const entry = this.entries.get(path);
    return entry ?? absent;
  }

  #seenPath(path: string): SeenPath {
    const entry = this.entries.get(path);
    if (!entry) return absent;
    const { type, mode, owner, modified } = entry;
    if (type === 'file') return { type, mode, owner, modified };
    const below = [...this.entries.keys()].filter((other) => parentOf(other) === path);
    return { type, mode, owner, modified, entries: below.map((other) => other.slice(path.length + 1)).sort() };
  }

  #tick(): number {
    this.#time += 1;
    return this.#time;
  }
}

const done: CommandResult = { code: 0, stdout: '', stderr: '' };
const absent: SeenPath = { type: 'absent', mode: 0, owner: '', modified: 0 };
const noService: SeenService = { exists: false, active: false, enabled: false, since: 0 };

function failed(stderr: string): CommandResult {
  return { code: 1, stdout: '', stderr };
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
