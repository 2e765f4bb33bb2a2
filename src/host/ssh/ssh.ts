import type { Duplex } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import { KinitError } from '../../errors.ts';
import { collect, feed } from '../byte-stream.ts';
import type { ConnectTarget } from '../host.ts';
import { callerRights, type Elevation } from '../shell/sudo.ts';
import {
  ConnectionLost,
  closedConnection,
  type ExecOptions,
  type ExecResult,
  flooded,
  mostOutput,
  type Transport,
} from '../transport.ts';
import type { SshConnection } from './connection.ts';
import { openStream } from './stream.ts';

export interface SshTransport extends Transport {
  /** Dials, where that has not happened yet. */
  readonly ready: () => Promise<void>;
  /** How relays become root, once it is known. */
  readonly elevate: (elevation: Elevation) => void;
}

/** A machine behind SSH: one connection, dialled at first use and once more by a call that finds it dead. */
export function sshTransport(name: string, dial: () => Promise<SshConnection>): SshTransport {
  let dialled: Promise<SshConnection> | undefined;
  let elevation = callerRights;
  let closed = false;

  async function connection(): Promise<SshConnection> {
    if (closed) throw closedConnection(name);
    const known = dialled;
    const current = await known?.catch(() => undefined);
    if (closed) throw closedConnection(name);
    if (current?.alive()) return current;
    const fresh = dialled === known || dialled === undefined ? dial() : dialled;
    dialled = fresh;
    return fresh;
  }

  async function exec(command: string, options: ExecOptions): Promise<ExecResult> {
    const start = async (): Promise<Started> => started(await connection(), command, options, name);
    try {
      return await (await start().catch(startAgain)).result;
    } catch (error) {
      if (error instanceof KinitError || options.signal.aborted) throw error;
      throw new KinitError(`the server does not start a command: ${(error as Error).message}`, {
        host: name,
        cause: error,
      });
    }

    /** A connection that turns out to be dead is dialled again: nothing was started on it. */
    async function startAgain(error: unknown): Promise<Started> {
      if (error instanceof KinitError || (await dialled)?.alive()) throw error;
      return start();
    }
  }

  async function connect(target: ConnectTarget): Promise<Duplex> {
    return openStream((await connection()).client, target, elevation);
  }

  async function close(): Promise<void> {
    closed = true;
    const current = await dialled?.catch(() => undefined);
    dialled = undefined;
    current?.end();
  }

  return {
    exec,
    connect,
    close,
    ready: async () => void (await connection()),
    elevate: (found) => {
      elevation = found;
    },
  };
}

interface Started {
  readonly result: Promise<ExecResult>;
}

/** Milliseconds that a server has to open a channel and start a command on it. */
const startLimit = 20_000;

/** The command with its listeners in place: a quick one has ended before the next turn of the event loop. */
function started({ client }: SshConnection, command: string, options: ExecOptions, host: string): Promise<Started> {
  const { signal } = options;
  return new Promise((resolve, reject) => {
    let isOver = false;
    const over = (settle: () => void): void => {
      isOver = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', abandoned);
      settle();
    };
    const abandoned = (): void => over(() => reject(signal.reason));
    const timer = setTimeout(() => over(() => reject(notStarted(host))), startLimit);
    signal.addEventListener('abort', abandoned, { once: true });
    client.exec(command, (error, channel) => {
      // One that comes too late gets no input, and so runs nothing.
      if (isOver) return channel?.on('error', () => undefined).close();
      over(() => (error ? reject(error) : resolve({ result: converse(channel, options, host) })));
    });
  });
}

function notStarted(host: string): KinitError {
  return new KinitError(`the server takes the login and does not start a command within ${startLimit / 1000} s`, {
    host,
    hint: 'is the host out of memory or processes? Look at: journalctl -u sshd',
  });
}

/** Milliseconds of silence after the end of a command, or of its output, in which the server may close the channel. */
const closingLimit = 15_000;

/** Stands for the exit code of a command that the server does not tell. */
const noExitCode = 255;

/**
 * Hands the input over and waits for the exit code; a channel that closes without one has lost its connection. A server
 * that tells of the end and never closes is not waited for.
 */
function converse(channel: ClientChannel, { input, signal }: ExecOptions, host: string): Promise<ExecResult> {
  return new Promise((resolve, reject) => {
    let code: number | undefined;
    let closing: NodeJS.Timeout | undefined;
    let isEnding = false;
    const settle = (how: () => void): void => {
      clearTimeout(closing);
      signal.removeEventListener('abort', abandon);
      how();
    };
    const giveUp = (reason: unknown): void =>
      settle(() => {
        channel.close();
        reject(reason);
      });
    const abandon = (): void => giveUp(signal.reason);
    const flood = (): void => giveUp(flooded(host));
    const outputs = [collect(channel, mostOutput, flood), collect(channel.stderr, mostOutput, flood)] as const;
    channel.on('error', () => undefined);
    if (signal.aborted) return abandon();
    signal.addEventListener('abort', abandon, { once: true });

    const stillOpen = (): void =>
      settle(() => {
        channel.close();
        const [stdout, stderr] = outputs.map(({ soFar }) => soFar()) as [Buffer, Buffer];
        resolve({ code: code ?? noExitCode, stdout, stderr });
      });
    const ending = (): void => {
      isEnding = true;
      clearTimeout(closing);
      closing = setTimeout(stillOpen, closingLimit);
    };
    channel.on('data', () => isEnding && ending());
    channel.once('end', ending);
    channel.once('exit', (status: number | null) => {
      code = status ?? 137;
      ending();
    });
    channel.once('close', () =>
      settle(async () => {
        const [stdout, stderr] = await Promise.all(outputs.map(({ all }) => all));
        if (code === undefined) reject(new ConnectionLost(host));
        else resolve({ code, stdout: stdout as Buffer, stderr: stderr as Buffer });
      }),
    );
    void feed(channel, input);
  });
}
