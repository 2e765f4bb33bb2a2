import { createConnection } from 'node:net';
import type { Duplex } from 'node:stream';

/** Milliseconds for a connection; a dead host costs no more. */
const connectTimeout = 10_000;

/** A TCP connection from this machine. Rejects with the socket's error, or with code ETIMEDOUT. */
export function tcpStream(host: string, port: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host, port, noDelay: true, autoSelectFamilyAttemptTimeout: 2000 });
    const timer = setTimeout(() => socket.destroy(timeout()), connectTimeout);
    const failed = (error: Error): void => {
      clearTimeout(timer);
      reject(error);
    };
    socket.on('error', failed);
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve(socket);
    });
  });
}

/** The stream, if it opens in time; one that opens later is closed again. */
export function timely(opening: Promise<Duplex>): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(timeout());
      opening.then((stream) => stream.destroy()).catch(() => undefined);
    }, connectTimeout);
    opening.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function timeout(): Error {
  return Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' });
}
