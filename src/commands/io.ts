import type { Readable, Writable } from 'node:stream';

/** What a command may touch of the process it runs in; tests hand in their own. */
export interface Io {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** The product: a join command, YAML, JSON. */
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  /** The story: progress, warnings, errors. */
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborted on Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}
