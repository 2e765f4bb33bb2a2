import { setMaxListeners } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { Agent, type RequestOptions, request as sendRequest } from 'node:https';
import type { Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { type ConnectionSettings, connectionMaker, hostOf, portOf } from './connection.ts';
import { ClosedError, TimeoutError, TooLongError } from './failure.ts';

export interface EndpointSettings extends ConnectionSettings {
  /** `https://host:port`, perhaps with a path below which everything lies. */
  readonly server: string;
  /** Milliseconds for one exchange, its connection included; default 30 s. */
  readonly timeoutMs?: number;
  /** What an answer may hold, in bytes; default 128 MiB: a list of all pods of a large cluster. */
  readonly maxBytes?: number;
}

export interface Exchange {
  readonly method: string;
  /** Absolute path with its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

export interface HttpsAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface StreamedAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
}

/** An HTTPS server, spoken to over a few kept-alive connections, direct or dialled. */
export interface HttpsEndpoint {
  /** Every status is an answer; throws what Node or the dial function throws, and TimeoutError. */
  exchange(exchange: Exchange): Promise<HttpsAnswer>;
  /** The same with the body still coming, on a connection of its own; `timeoutMs` bounds the wait for its head. */
  stream(exchange: Exchange): Promise<StreamedAnswer>;
  /** Final: what is under way ends with ClosedError, and so does whatever is asked from then on. */
  close(): void;
  /** Aborts with ClosedError when it is closed. */
  readonly closed: AbortSignal;
}

/** The connections of ordinary exchanges; a stream has its own. */
const maxSockets = 8;
const defaultTimeoutMs = 30_000;
const defaultMaxBytes = 128 * 1024 * 1024;

/** A server over kept-alive connections. Its methods throw what node:https throws; explainFailure says it in words. */
export function httpsEndpoint(settings: EndpointSettings): HttpsEndpoint {
  const url = new URL(settings.server);
  const basePath = url.pathname.replace(/\/$/, '');
  const timeoutMs = settings.timeoutMs ?? defaultTimeoutMs;
  const closing = new AbortController();
  // Everything that is under way listens to it.
  setMaxListeners(0, closing.signal);
  const surroundings = { timeoutMs, closed: closing.signal, ended: dropIdle, protocol: 'http/1.1' } as const;
  const createConnection = connectionMaker(settings, url, surroundings);
  const exchanges = Object.assign(new Agent({ keepAlive: true, maxSockets }), { createConnection });
  const streams = Object.assign(new Agent({ keepAlive: false }), { createConnection });

  /** Node does not see the end of a stream below an idle TLS socket, and the next exchange on it would wait in vain. */
  function dropIdle(socket: TLSSocket): void {
    const isIdle = Object.values(exchanges.freeSockets).some((sockets) => sockets?.includes(socket));
    if (isIdle) socket.destroy();
    else socket.once('free', () => socket.destroy());
  }

  const open = (exchange: Exchange, agent: Agent) => {
    const signals = exchange.signal === undefined ? [closing.signal] : [closing.signal, exchange.signal];
    const path = `${basePath}${exchange.path}`;
    return begin({ ...exchange, path, signals, timeoutMs: exchange.timeoutMs ?? timeoutMs }, url, agent);
  };

  const once = async (exchange: Exchange): Promise<HttpsAnswer> => {
    const answer = await open(exchange, exchanges);
    try {
      return { status: answer.status, headers: answer.headers, body: await textOf(answer, settings.maxBytes) };
    } finally {
      answer.settle();
    }
  };

  return {
    async exchange(exchange) {
      try {
        return await once(exchange);
      } catch (error) {
        // A kept-alive connection that the server closed meanwhile says nothing about the server.
        if (
          (error as { reusedSocket?: boolean }).reusedSocket !== true ||
          exchange.signal?.aborted ||
          closing.signal.aborted
        )
          throw error;
        return once(exchange);
      }
    },
    async stream(exchange) {
      const { settle, ...answer } = await open(exchange, streams);
      settle();
      return answer;
    },
    closed: closing.signal,
    close() {
      closing.abort(new ClosedError());
      exchanges.destroy();
      streams.destroy();
    },
  };
}

interface Begun extends StreamedAnswer {
  /** Ends the watch over the time. */
  readonly settle: () => void;
}

interface Beginning extends Exchange {
  readonly timeoutMs: number;
  /** Any of them ends it. */
  readonly signals: readonly AbortSignal[];
}

function begin(exchange: Beginning, url: URL, agent: Agent): Promise<Begun> {
  const { method, path, headers = {}, body, signals, timeoutMs } = exchange;
  const options: RequestOptions = {
    agent,
    host: hostOf(url),
    port: portOf(url),
    method,
    path,
    headers: {
      ...headers,
      host: url.host,
      ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
    },
  };
  return new Promise((resolve, reject) => {
    for (const signal of signals) signal.throwIfAborted();
    const outgoing = sendRequest(options);
    // A request that still waits for its connection does not tell that it was destroyed, so both are done here.
    const fail = (error: Error) => {
      settle();
      outgoing.destroy(error);
      reject(outgoing.reusedSocket && isBroken(error) ? Object.assign(error, { reusedSocket: true }) : error);
    };
    const timer = setTimeout(() => fail(new TimeoutError(timeoutMs)), timeoutMs);
    const aborted = ({ target }: Event) => {
      const { reason } = target as AbortSignal;
      fail(reason instanceof Error ? reason : new Error('aborted'));
    };
    const settle = () => clearTimeout(timer);
    for (const signal of signals) signal.addEventListener('abort', aborted, { once: true });
    outgoing.once('close', () => {
      for (const signal of signals) signal.removeEventListener('abort', aborted);
    });
    outgoing.on('error', fail);
    outgoing.once('upgrade', (_, socket) => {
      socket.destroy();
      fail(Object.assign(new Error('it switches to another protocol'), { code: 'HPE_UPGRADE' }));
    });
    outgoing.once('response', (incoming) => {
      resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: incoming, settle });
    });
    outgoing.end(body);
  });
}

function isBroken(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNRESET' || error.code === 'EPIPE';
}

/** The whole text of an answer. Throws TooLongError, and what ends the stream early. */
export async function textOf(
  { headers, body }: Pick<StreamedAnswer, 'headers' | 'body'>,
  maxBytes: number = defaultMaxBytes,
): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    if (Number(headers['content-length'] ?? 0) > maxBytes) throw new TooLongError(maxBytes);
    for await (const chunk of body) {
      bytes += (chunk as Buffer).length;
      if (bytes > maxBytes) throw new TooLongError(maxBytes);
      chunks.push(chunk as Buffer);
    }
  } finally {
    body.destroy();
  }
  return Buffer.concat(chunks).toString('utf8');
}
