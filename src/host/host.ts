import type { Duplex } from 'node:stream';
import type { Secret } from '../secret.ts';

/** The one interface to a machine. What differs between machines is a Transport below it. */
export interface Host {
  /** As reports name it: `localhost`, `root@10.0.0.12`. */
  readonly name: string;
  /** Whether it is the machine kinit itself runs on. */
  readonly local: boolean;
  /** Everything asked for in one round trip; changes nothing. Throws KinitError when the host cannot be reached. */
  observe(wanted: Wanted): Promise<Seen>;
  /**
   * Performs the operations in order in one round trip and stops at the first that fails: the results of those that
   * ran, in order. A command's own exit code is a result, never an exception; one that outlived its deadline has 124.
   * The signal ends the running command on the host and throws KinitError.
   */
  perform(
    operations: readonly Operation[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<readonly OperationResult[]>;
  /** One command; a non-zero exit code is a result. Throws KinitError on a lost connection or an expired deadline. */
  run(argv: readonly string[], options?: RunOptions): Promise<CommandResult>;
  /** Files, atomically and with their mode from the first byte, many in one round trip. Throws KinitError. */
  write(files: readonly FileWrite[]): Promise<void>;
  /** Raw bytes of files, for the executor alone (keys that sign, bundles); missing ones are absent from the map. */
  read(paths: readonly string[]): Promise<ReadonlyMap<string, Buffer>>;
  /** A stream to an address or socket as seen from the host. */
  connect(target: ConnectTarget): Promise<Duplex>;
  /** Final: streams end, and whatever is asked from then on is refused with KinitError instead of dialling again. */
  close(): Promise<void>;
}

export type ConnectTarget = { readonly host: string; readonly port: number } | { readonly path: string };

export interface RunOptions {
  readonly stdin?: string | Buffer | Secret;
  /** Seconds until the command and its children are ended on the host; default 60. */
  readonly deadline?: number;
  readonly signal?: AbortSignal;
}

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface FileWrite {
  readonly path: string;
  readonly content: string | Buffer | Secret;
  /** Permission bits, 0o600 for one. */
  readonly mode: number;
  /** `user:group`; default root:root over SSH, the caller locally. */
  readonly owner?: string;
}

export type Operation =
  | { readonly op: 'write'; readonly file: FileWrite }
  | { readonly op: 'directory'; readonly path: string; readonly mode: number; readonly owner?: string }
  /** `contents`: empty the directory and keep it. */
  | { readonly op: 'remove'; readonly path: string; readonly contents?: boolean }
  /**
   * What is at `from` (a file, a link, a tree) with its modes and owners, in place of what is at `to`: its content stays on
   * the host. It fails where nothing is there, and enters no other file system. `follow`: what links at both paths lead to.
   */
  | { readonly op: 'copy'; readonly from: string; readonly to: string; readonly follow?: boolean }
  | {
      readonly op: 'run';
      readonly argv: readonly string[];
      readonly stdin?: string | Buffer | Secret;
      /** Seconds; default 60. */
      readonly deadline?: number;
    };

export interface OperationResult extends CommandResult {
  /** Index into the operations. */
  readonly index: number;
}

export interface Wanted {
  /** Facts of the machine (facts.ts), all or none. */
  readonly facts?: boolean;
  /** What a file's links lead to: type, mode, owner and content (which is missing where it may not be read). */
  readonly files?: readonly string[];
  /** The path itself, a link too: type, mode, owner and, for (links to) directories, the names in it: no content. */
  readonly paths?: readonly string[];
  /** systemd units; services without `.service`. */
  readonly services?: readonly string[];
  /** Read-only commands, each with a short deadline. */
  readonly commands?: readonly (readonly string[])[];
}

export interface Seen {
  readonly facts?: import('./facts/facts.ts').Facts;
  readonly files: ReadonlyMap<string, SeenFile>;
  readonly paths: ReadonlyMap<string, SeenPath>;
  readonly services: ReadonlyMap<string, SeenService>;
  /** Keyed by the argv joined with NUL. */
  readonly commands: ReadonlyMap<string, CommandResult>;
}

export interface SeenPath {
  readonly type: 'absent' | 'file' | 'directory' | 'symlink' | 'socket' | 'other';
  /** Permission bits; 0 where absent. */
  readonly mode: number;
  readonly owner: string;
  /** Seconds since the epoch, with fractions; 0 where absent. */
  readonly modified: number;
  /** Names in a directory. */
  readonly entries?: readonly string[];
}

export interface SeenFile extends SeenPath {
  readonly content?: Buffer;
}

export interface SeenService {
  readonly exists: boolean;
  readonly active: boolean;
  readonly enabled: boolean;
  /** The main process's start, of a timer its own, to see that a unit or its file is newer; seconds since the epoch, 0 when not running. */
  readonly since: number;
}
