import type { Readable, Writable } from 'node:stream';
import type { Words } from '../messages/language.ts';

/** What kinit may touch of the process it runs in; tests hand in their own. */
export interface ProcessIo {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** The product: a join command, YAML, JSON. */
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  /** Whether what went there has met nobody who reads: who only shows has nothing left to do. */
  readonly isForNobody?: (() => boolean) | undefined;
  /** The story: progress, warnings, errors. */
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborted on Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Where a command writes text: what would steer a terminal does not pass. */
export interface Printed {
  readonly write: (text: string) => void;
  readonly isTTY?: boolean;
  readonly columns?: number | undefined;
}

/** Writes a text for a person to stdout, in his language: a result, not a product that something else reads. */
export function tell({ stdout, words }: Pick<Io, 'stdout' | 'words'>, text: string): void {
  stdout.write(words === undefined ? text : words.of(text));
}

/** What a command may touch. */
export interface Io extends Omit<ProcessIo, 'stdout' | 'stderr'> {
  /** The product: a join command, YAML, JSON. */
  readonly stdout: Printed;
  /** The story: progress, warnings, errors. */
  readonly stderr: Printed;
  /** stderr itself, for the live view alone, which moves the cursor. */
  readonly terminal: ProcessIo['stderr'];
  /** Adds to the result event that a run with `-o json` ends with; it is written when the exit code is known. */
  readonly result: (fields: object) => void;
  /** The level of -v; none is 0. */
  readonly verbosity?: number;
  /** The language of who reads; none is English. What goes to stderr is in it already. */
  readonly words?: Words;
}
