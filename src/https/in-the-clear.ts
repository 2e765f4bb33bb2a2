import { type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { type Dial, hostOf } from './connection.ts';
import { type HttpsAnswer, textOf } from './endpoint.ts';

interface Question {
  readonly dial: Dial;
  /** Milliseconds. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/** The answer to one GET of a server without TLS, on a stream of its own. Rejects with what the stream or the clock ends it. */
export async function getInTheClear(address: string, { dial, timeoutMs, maxBytes }: Question): Promise<HttpsAnswer> {
  const url = new URL(address);
  const stream = await dial({ host: hostOf(url), port: Number(url.port) || 80 });
  try {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const path = `${url.pathname}${url.search}`;
      const options = { path, headers: { host: url.host }, signal: AbortSignal.timeout(timeoutMs) };
      request({ ...options, createConnection: () => stream as Socket })
        .once('response', resolve)
        .once('error', reject)
        .end();
    });
    const body = await textOf({ headers: answer.headers, body: answer }, maxBytes);
    return { status: answer.statusCode ?? 0, headers: answer.headers, body };
  } finally {
    stream.destroy();
  }
}
