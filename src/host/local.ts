import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { KinitError } from '../errors.ts';
import { collect, feed } from './byte-stream.ts';
import type { ConnectTarget } from './host.ts';
import {
  closedConnection,
  type ExecOptions,
  type ExecResult,
  flooded,
  mostOutput,
  type Transport,
} from './transport.ts';

/** The machine that kinit runs on. */
export function localTransport(): Transport {
  const open = new Set<Socket>();
  let closed = false;
  return {
    exec: async (command, options) => {
      if (closed) throw closedConnection('localhost');
      return exec(command, options);
    },
    connect: async (target) => {
      if (closed) throw closedConnection('localhost');
      return connect(target, open);
    },
    close: async () => {
      closed = true;
      for (const socket of open) socket.destroy(socket.connecting ? closedConnection('localhost') : undefined);
    },
  };
}

/** node's own spawn: what a larger library adds is not needed for one shell, and loading it costs more than the shell. */
async function exec(command: string, { input, signal }: ExecOptions): Promise<ExecResult> {
  signal.throwIfAborted();
  const child = spawn('sh', ['-c', command]);
  let isFlooded = false;
  const end = (): void => {
    child.stdout.destroy();
    child.stderr.destroy();
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), forceAfter).unref();
  };
  const flood = (): void => {
    isFlooded = true;
    end();
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    const exit = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    const outputs = [collect(child.stdout, mostOutput, flood), collect(child.stderr, mostOutput, flood)];
    void feed(child.stdin, input);
    const [code] = await exit;
    signal.throwIfAborted();
    if (isFlooded) throw flooded('localhost');
    const [stdout = nothing, stderr = nothing] = await Promise.all(outputs.map(({ all }) => all));
    return { code: code ?? 137, stdout, stderr };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof KinitError) throw error;
    throw new KinitError('cannot start sh', { host: 'localhost', cause: error });
  } finally {
    signal.removeEventListener('abort', end);
  }
}

const nothing = Buffer.alloc(0);

/** Milliseconds that a shell has to end when it is asked to. */
const forceAfter = 2000;

/** Rejects with the socket's own error (ECONNREFUSED, ENOENT, ...), as a caller that retries wants to see it. */
function connect(target: ConnectTarget, open: Set<Socket>): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = createConnection('path' in target ? { path: target.path } : { ...target });
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
