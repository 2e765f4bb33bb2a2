import type { Duplex } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import { KinitError } from '../errors.ts';
import { collect, feed } from './byte-stream.ts';
import type { ConnectTarget } from './host.ts';
import type { SshConnection } from './ssh-connection.ts';
import { openStream } from './ssh-stream.ts';
import { callerRights, type Elevation } from './sudo.ts';
import { ConnectionLost, closedConnection, type ExecOptions, type ExecResult, type Transport } from './transport.ts';

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

/** The command with its listeners in place: a quick one has ended before the next turn of the event loop. */
function started({ client }: SshConnection, command: string, options: ExecOptions, host: string): Promise<Started> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error) reject(error);
      else resolve({ result: converse(channel, options, host) });
    });
  });
}

/** Hands the input over and waits for the exit code; a channel that closes without one has lost its connection. */
function converse(channel: ClientChannel, { input, signal }: ExecOptions, host: string): Promise<ExecResult> {
  return new Promise((resolve, reject) => {
    let code: number | undefined;
    const outputs = Promise.all([collect(channel), collect(channel.stderr)]);
    const abandon = (): void => {
      channel.close();
      reject(signal.reason);
    };
    if (signal.aborted) return abandon();
    signal.addEventListener('abort', abandon, { once: true });
    channel.once('exit', (status: number | null) => {
      code = status ?? 137;
    });
    channel.once('close', async () => {
      signal.removeEventListener('abort', abandon);
      const [stdout, stderr] = await outputs;
      if (code === undefined) reject(new ConnectionLost(host));
      else resolve({ code, stdout, stderr });
    });
    void feed(channel, input);
  });
}
