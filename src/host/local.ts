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

async function exec(command: string, { input, signal }: ExecOptions): Promise<ExecResult> {
  const { execa } = await import('execa');
  const flood = new AbortController();
  const ends = AbortSignal.any([signal, flood.signal]);
  const child = execa('sh', ['-c', command], {
    buffer: false,
    encoding: 'buffer',
    reject: false,
    cancelSignal: ends,
    forceKillAfterDelay: forceAfter,
  });
  const { stdout, stderr } = child;
  const tooMuch = () => flood.abort();
  const outputs = [collect(stdout, mostOutput, tooMuch), collect(stderr, mostOutput, tooMuch)];
  // Whatever the shell has left behind may hold the other end of them for ever.
  ends.addEventListener('abort', () => [stdout, stderr].forEach((stream) => void stream.destroy()), { once: true });
  void feed(child.stdin, input);
  const { exitCode, signal: killedBy, cause } = await child;
  signal.throwIfAborted();
  if (flood.signal.aborted) throw flooded('localhost');
  if (exitCode === undefined && killedBy === undefined) {
    throw new KinitError('cannot start sh', { host: 'localhost', cause });
  }
  const [out = nothing, err = nothing] = await Promise.all(outputs.map(({ all }) => all));
  return { code: exitCode ?? 137, stdout: out, stderr: err };
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
