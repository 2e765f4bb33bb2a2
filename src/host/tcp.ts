import { createConnection } from 'node:net';
import type { Duplex } from 'node:stream';

/** Milliseconds for a connection, where nobody says otherwise; a dead host costs no more. */
export const connectTimeout = 10_000;

export interface TcpSettings {
  /** Milliseconds. */
  readonly limit: number;
  /** Ends the attempt. */
  readonly signal: AbortSignal;
}

/** A TCP connection from this machine. Rejects with the socket's error, with code ETIMEDOUT, or with the signal's reason. */
export function tcpStream(host: string, port: number, { limit, signal }: TcpSettings): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host, port, noDelay: true, autoSelectFamilyAttemptTimeout: 2000 });
    const abandon = (): void => void socket.destroy(signal.reason);
    signal.addEventListener('abort', abandon, { once: true });
    const timer = setTimeout(() => socket.destroy(timeout()), limit);
    const failed = (error: Error): void => {
      clearTimeout(timer);
      reject(error);
    };
    socket.on('error', failed);
    socket.once('connect', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abandon);
      resolve(socket);
    });
  });
}

/** The stream, if it opens in time and nobody ends the attempt; one that opens later is closed again. */
export function timely(opening: Promise<Duplex>, { limit, signal }: Partial<TcpSettings> = {}): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      reject(error);
      opening.then((stream) => stream.destroy()).catch(() => undefined);
    };
    const abandon = (): void => fail(signal?.reason);
    const timer = setTimeout(() => fail(timeout()), limit ?? connectTimeout);
    signal?.addEventListener('abort', abandon, { once: true });
    opening.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abandon);
    });
  });
}

function timeout(): Error {
  return Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' });
}
