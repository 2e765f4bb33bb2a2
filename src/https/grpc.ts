import { type ClientHttp2Session, type ClientHttp2Stream, connect, type IncomingHttpHeaders } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { connectionMaker } from './connection.ts';
import type { EndpointSettings } from './endpoint.ts';
import { TimeoutError } from './failure.ts';
import { wrongAnswer } from './json-answer.ts';

/** One question, of which the answer is a stream of messages. */
export interface GrpcCall {
  /** `/package.Service/Method` */
  readonly path: string;
  /** As protobuf has it. */
  readonly message: Buffer;
  /** Milliseconds for the head of the answer, its connection included. */
  readonly timeoutMs: number;
  /** Milliseconds for which nothing of it may come. */
  readonly stalledMs: number;
  readonly signal: AbortSignal;
}

/** What a gRPC server answers where it says no. */
export class GrpcStatus extends Error {
  override readonly name = 'GrpcStatus';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** An answer that has begun. */
export interface GrpcAnswer {
  /** Its messages at the pace of who takes them. Throws GrpcStatus, TimeoutError, WrongAnswer and what Node throws. */
  messages(): AsyncGenerator<Buffer>;
  /** Ends the connection, which is its own. */
  close(): void;
}

/** Bytes that a server may send before anybody takes them: else each piece waits for a round trip. */
const ahead = 4 * 1024 * 1024;
/** Bytes of one message. */
const longest = 16 * 1024 * 1024;

/** Asks a gRPC server over HTTP/2. Throws what `messages` throws. */
export async function grpcCall(settings: EndpointSettings, call: GrpcCall): Promise<GrpcAnswer> {
  const url = new URL(settings.server);
  const { signal, timeoutMs, path } = call;
  signal.throwIfAborted();
  const socket = await connected(settings, url, call);
  const session = connect(url, { createConnection: () => socket, settings: { initialWindowSize: ahead } });
  const close = () => session.destroy();
  signal.addEventListener('abort', close, { once: true });
  session.once('close', () => signal.removeEventListener('abort', close));
  try {
    const stream = await begun(session, call);
    const asked = { server: settings.server, what: path };
    let ends: IncomingHttpHeaders = {};
    stream.on('trailers', (trailers) => (ends = trailers));
    return {
      close,
      async *messages() {
        yield* parted(unstalled(stream, call), () => wrongAnswer(asked, 'a message without an end'));
        signal.throwIfAborted();
        refuse(ends);
        if (ends['grpc-status'] === undefined) throw broken('it ends early');
      },
    };
  } catch (error) {
    close();
    signal.throwIfAborted();
    throw error;
  }

  async function begun(over: ClientHttp2Session, { message }: GrpcCall): Promise<ClientHttp2Stream> {
    over.once('connect', () => over.setLocalWindowSize(ahead));
    const headers = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' };
    const stream = over.request(headers);
    stream.end(framed(message));
    const head = await new Promise<IncomingHttpHeaders>((resolve, reject) => {
      const timer = setTimeout(() => reject(new TimeoutError(timeoutMs)), timeoutMs);
      const failed = (error: Error) => {
        clearTimeout(timer);
        reject(error);
      };
      // What fails later is told by who reads.
      over.on('error', failed);
      stream.on('error', failed);
      stream.once('close', () => failed(broken('it ends before its answer')));
      stream.once('response', (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
    });
    refuse(head);
    if (Number(head[':status']) !== 200 || !String(head['content-type']).startsWith('application/grpc'))
      throw wrongAnswer({ server: settings.server, what: path }, `status ${head[':status']}, and nothing of gRPC`);
    return stream;
  }
}

/** Of HTTP/2 alone: whoever does not speak it breaks off. */
function connected(settings: EndpointSettings, url: URL, { timeoutMs, signal }: GrpcCall): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const ended = (socket: TLSSocket) => void socket.destroy();
    const surroundings = { timeoutMs, closed: signal, ended, protocol: 'h2' } as const;
    const made = connectionMaker(
      settings,
      url,
      surroundings,
    )(undefined, (error, socket) => {
      if (socket === undefined) reject(error);
      else resolve(socket);
    });
    if (made !== undefined) resolve(made);
  });
}

/** Throws GrpcStatus where the head or the end of an answer says no. */
function refuse({ 'grpc-status': status = '0', 'grpc-message': words = '' }: IncomingHttpHeaders): void {
  if (Number(status) !== 0) throw new GrpcStatus(Number(status), decoded(String(words)));
}

function decoded(words: string): string {
  try {
    return decodeURIComponent(words);
  } catch {
    return words;
  }
}

/** A byte that says that it is not packed, its length, and it. */
function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(frameHead);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

const frameHead = 5;

/** The messages in bytes that come in pieces of any size. */
async function* parted(bytes: AsyncIterable<Buffer>, tooLong: () => Error): AsyncGenerator<Buffer> {
  let [waiting, size, wanted] = [[] as Buffer[], 0, frameHead];
  for await (const piece of bytes) {
    waiting.push(piece);
    size += piece.length;
    if (size < wanted) continue;
    let rest = waiting.length === 1 ? piece : Buffer.concat(waiting, size);
    for (wanted = lengthOf(rest); rest.length >= wanted; wanted = lengthOf(rest)) {
      yield rest.subarray(frameHead, wanted);
      rest = rest.subarray(wanted);
    }
    if (wanted > longest) throw tooLong();
    [waiting, size] = [[rest], rest.length];
  }
  if (size > 0) throw broken('it ends within a message');
}

/** Of the message that begins there, with what is before it. */
function lengthOf(bytes: Buffer): number {
  return bytes.length < frameHead ? frameHead : frameHead + bytes.readUInt32BE(1);
}

function broken(words: string): Error {
  return Object.assign(new Error(words), { code: 'ECONNRESET' });
}

/**
 * The same bytes, as they come; a stream from which nothing comes for so long ends with TimeoutError. Listened to, since a stream
 * that is read copies its pieces together, and is stopped and begun anew for each.
 */
async function* unstalled(stream: ClientHttp2Stream, { stalledMs }: GrpcCall): AsyncGenerator<Buffer> {
  let [waiting, size] = [[] as Buffer[], 0];
  let isOver = stream.destroyed;
  let wake = (): void => undefined;
  stream.on('data', (piece: Buffer) => {
    waiting.push(piece);
    size += piece.length;
    if (size >= ahead) stream.pause();
    wake();
  });
  const over = (): void => {
    isOver = true;
    wake();
  };
  for (const event of ['end', 'close']) stream.once(event, over);
  for (;;) {
    if (size === 0 && !isOver) {
      const timer = setTimeout(() => stream.destroy(new TimeoutError(stalledMs)), stalledMs);
      await new Promise<void>((resolve) => (wake = resolve)).finally(() => clearTimeout(timer));
    }
    if (stream.errored) throw stream.errored;
    if (size === 0 && isOver) return;
    const taken = waiting;
    [waiting, size] = [[], 0];
    stream.resume();
    yield* taken;
  }
}
