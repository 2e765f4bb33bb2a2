import { createSecureServer, type Http2SecureServer, type ServerHttp2Stream } from 'node:http2';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { grpcCodes } from '../../src/etcd/error.ts';
import { etcdClient } from '../../src/etcd/gateway.ts';
import { type Pair, testAuthority, testCertificate } from '../certificates.ts';

// What a member may do in the middle of a snapshot, and who may answer in its place.
let authority: Pair;
let own: Pair;
let client: Pair;
const closing: (() => void)[] = [];

beforeAll(async () => {
  authority = await testAuthority('etcd-ca');
  own = await testCertificate(authority, 'etcd', ['127.0.0.1']);
  client = await testCertificate(authority, 'kube-etcd-healthcheck-client');
});
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const identity = () => ({ cert: own.certificate, key: own.key.reveal(), ca: authority.certificate });

async function asked(server: Http2SecureServer | ReturnType<typeof createHttps>, signal?: AbortSignal) {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closing.push(() => void server.close());
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const settings = { servers: [url], ca: authority.certificate, client, retryForMs: 0, timeoutMs: 500 };
  const etcd = etcdClient(signal === undefined ? settings : { ...settings, signal });
  closing.push(() => etcd.close());
  return etcd;
}

async function answered(answers: (stream: ServerHttp2Stream) => void, signal?: AbortSignal) {
  const server = createSecureServer(identity());
  server.on('stream', (stream) => {
    stream.on('error', () => {});
    answers(stream);
  });
  server.on('sessionError', () => {});
  return asked(server, signal);
}

const grpc = { ':status': 200, 'content-type': 'application/grpc' };

function begin(stream: ServerHttp2Stream, trailers?: Readonly<Record<string, string>>): void {
  stream.respond(grpc, { waitForTrailers: trailers !== undefined });
  if (trailers !== undefined) stream.on('wantTrailers', () => stream.sendTrailers(trailers));
}

/** A message of a piece: `remaining_bytes`, then the blob. */
function piece(text: string): Buffer {
  const message = Buffer.concat([Buffer.from([0x10, 0x80, 0x01, 0x1a, text.length]), Buffer.from(text)]);
  return Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]);
}

async function taken(bytes: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const one of bytes) pieces.push(one);
  return Buffer.concat(pieces).toString();
}

describe('a snapshot by gRPC', () => {
  it('is put together of messages that come byte by byte', async () => {
    const etcd = await answered(async (stream) => {
      begin(stream, { 'grpc-status': '0' });
      for (const byte of Buffer.concat([piece('first '), piece(''), piece('second')]))
        await new Promise((done) => stream.write(Buffer.from([byte]), done));
      stream.end();
    });
    expect(await taken(etcd.snapshot())).toBe('first second');
  });

  it('that is refused at once tells why', async () => {
    const said = { ...grpc, 'grpc-status': '14', 'grpc-message': 'etcdserver: no%20leader' };
    const etcd = await answered((stream) => stream.respond(said, { endStream: true }));
    await expect(taken(etcd.snapshot())).rejects.toMatchObject({
      code: grpcCodes.unavailable,
      message: expect.stringMatching(/^etcd at https:.*: no leader$/),
    });
  });

  it('that is broken off with an error tells it', async () => {
    const etcd = await answered((stream) => {
      begin(stream, { 'grpc-status': '13', 'grpc-message': 'the disk is gone' });
      stream.end(piece('first'));
    });
    await expect(taken(etcd.snapshot())).rejects.toMatchObject({
      code: 13,
      message: expect.stringContaining('broke off its snapshot: the disk is gone'),
    });
  });

  it.each([
    ['ends without having said that it is whole', (stream: ServerHttp2Stream) => stream.end(piece('first'))],
    ['ends within a message', (stream: ServerHttp2Stream) => stream.end(piece('first').subarray(0, 8))],
    ['loses its connection', (stream: ServerHttp2Stream) => stream.session?.destroy()],
    ['is reset', (stream: ServerHttp2Stream) => stream.close(2)],
  ])('that %s is none', async (_, ends) => {
    const etcd = await answered((stream) => {
      begin(stream);
      stream.write(piece('first'), () => ends(stream));
    });
    await expect(taken(etcd.snapshot())).rejects.toThrow(/broke the connection/);
  });

  it('of which nothing comes any more ends', async () => {
    const etcd = await answered((stream) => {
      begin(stream);
      stream.write(piece('first'));
    });
    await expect(taken(etcd.snapshot())).rejects.toThrow(/does not answer in time/);
  });

  it('that nobody begins to answer ends', async () => {
    const etcd = await answered(() => {});
    await expect(taken(etcd.snapshot())).rejects.toThrow(/does not answer in time/);
  });

  it('ends with the signal', async () => {
    const ending = new AbortController();
    const etcd = await answered((stream) => {
      begin(stream);
      stream.write(piece('first'), () => ending.abort(new Error('interrupted')));
    }, ending.signal);
    await expect(taken(etcd.snapshot())).rejects.toThrow();
  });

  it.each([
    ['a message that is no piece', Buffer.from([0, 0, 0, 0, 2, 0x1a, 9])],
    ['a message that is too long', Buffer.from([0, 0xff, 0, 0, 0, 1])],
  ])('with %s is not etcd’s', async (_, bytes) => {
    const etcd = await answered((stream) => {
      begin(stream, { 'grpc-status': '0' });
      stream.end(bytes);
    });
    await expect(taken(etcd.snapshot())).rejects.toMatchObject({ name: 'WrongAnswer' });
  });

  it('of a web server is not etcd’s', async () => {
    const etcd = await answered((stream) => {
      stream.respond({ ':status': 404, 'content-type': 'text/html' });
      stream.end('<html>');
    });
    await expect(taken(etcd.snapshot())).rejects.toThrow(/does not answer as expected.*status 404/);
  });

  it('of a server that does not speak HTTP/2 is none', async () => {
    const etcd = await asked(createHttps(identity(), (_, response) => response.end('hello')));
    await expect(taken(etcd.snapshot())).rejects.toMatchObject({ message: expect.stringContaining('https://127') });
  });
});
