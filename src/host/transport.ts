import type { Duplex } from 'node:stream';
import { KinitError } from '../errors.ts';
import type { ConnectTarget } from './host.ts';

/** What differs between machines: how a command line gets there and how a stream does. */
export interface Transport {
  /**
   * Runs one command line of a POSIX shell, as the user of the transport. An exit code is a result. Throws KinitError
   * when the machine cannot be reached or the connection is lost, and the signal's reason when that ends it.
   */
  exec(command: string, options: ExecOptions): Promise<ExecResult>;
  connect(target: ConnectTarget): Promise<Duplex>;
  /** Final: streams end, and whoever wants another or a command is refused. */
  close(): Promise<void>;
}

export interface ExecOptions {
  /** Written to the command's standard input, one chunk at a time, followed by its end. */
  readonly input: Iterable<Buffer>;
  /** Lets go of the command at once; what runs on a remote machine ends by its own deadline. */
  readonly signal: AbortSignal;
}

export interface ExecResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** Bytes that one command line may print; a piece of a file that travels as base64 of base64 needs a quarter of it. */
export const mostOutput = 64 * 1024 * 1024;

/** The machine prints without end; nobody waits for the rest. */
export function flooded(host: string): KinitError {
  return new KinitError(`the host sends more than ${mostOutput / 1024 / 1024} MiB in answer to one command`, {
    host,
    hint: 'what prints that much there? Look at what its shell starts with (.bashrc), and at its logs',
  });
}

/** The connection broke while a command ran; what the command did is not known. */
export class ConnectionLost extends KinitError {
  constructor(host: string) {
    super('the connection was lost in the middle', {
      host,
      hint: 'run the same command again: it goes on from where it stopped',
    });
  }
}

/** Whoever was still at it when the run closed the host is told so, and dials nothing any more. */
export function closedConnection(host: string): KinitError {
  return new KinitError('the connection is closed', { host });
}
