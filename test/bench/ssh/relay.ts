import { connect, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Transform } from 'node:stream';

/** Milliseconds that the relay keeps whatever a client sends; what comes back passes at once, so a round trip has it once. */
export const relayDelay = 50;

/** Listens on this port of every address and passes everything on to the target, late. */
export function relay(port: number, target: { readonly host: string; readonly port: number }): Promise<void> {
  const server = createServer({ noDelay: true }, (client) => {
    // A connection takes a round trip too.
    setTimeout(() => join(client, connect({ ...target, noDelay: true })), relayDelay);
  });
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(port, resolve);
  });
}

function join(client: Socket, host: Socket): void {
  client.pipe(late()).pipe(host);
  host.pipe(client);
  for (const [one, other] of [
    [client, host],
    [host, client],
  ] as const) {
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
  }
}

/** Every chunk comes out `relayDelay` after it went in; those in between do not wait for each other. */
function late(): Duplex {
  let last = Promise.resolve();
  return new Transform({
    highWaterMark: 1 << 20,
    transform(chunk: Buffer, _encoding, done) {
      setTimeout(() => this.push(chunk), relayDelay);
      last = new Promise((resolve) => setTimeout(resolve, relayDelay));
      done();
    },
    flush(done) {
      void last.then(() => done());
    },
  });
}
