import { createConnection, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { KinitError } from '../errors.ts';
import { collect, feed } from './byte-stream.ts';
import type { ConnectTarget } from './host.ts';
import { closedConnection, type ExecOptions, type ExecResult, type Transport } from './transport.ts';

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
  const child = execa('sh', ['-c', command], {
    buffer: false,
    encoding: 'buffer',
    reject: false,
    cancelSignal: signal,
    forceKillAfterDelay: 2000,
  });
  const outputs = Promise.all([collect(child.stdout), collect(child.stderr)]);
  void feed(child.stdin, input);
  const result = await child;
  if (result.isCanceled) throw signal.reason;
  if (result.exitCode === undefined && result.signal === undefined) {
    throw new KinitError('cannot start sh', { host: 'localhost', cause: result.cause });
  }
  const [stdout, stderr] = await outputs;
  return { code: result.exitCode ?? 137, stdout, stderr };
}

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
