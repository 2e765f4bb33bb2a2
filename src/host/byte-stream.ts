import type { Readable, Writable } from 'node:stream';

/** Writes the chunks at the pace of the sink and ends it; a sink that stops taking them early is no error. */
export async function feed(sink: Writable, chunks: Iterable<Buffer>): Promise<void> {
  let closed = false;
  const stop = (): void => {
    closed = true;
  };
  sink.once('close', stop).on('error', stop);
  for (const chunk of chunks) {
    if (closed || sink.destroyed || !sink.writable) return;
    if (!sink.write(chunk)) await drained(sink);
  }
  if (!closed && sink.writable) sink.end();
}

/** Everything that comes until the stream ends or is destroyed. */
export function collect(source: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  return new Promise((resolve) => {
    const done = (): void => resolve(Buffer.concat(chunks));
    source.on('data', (chunk: Buffer) => chunks.push(chunk));
    source.once('end', done).once('close', done).once('error', done);
  });
}

function drained(sink: Writable): Promise<void> {
  return new Promise((resolve) => {
    const events = ['drain', 'close', 'error'] as const;
    const done = (): void => {
      for (const event of events) sink.off(event, done);
      resolve();
    };
    for (const event of events) sink.once(event, done);
  });
}
