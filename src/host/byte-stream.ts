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

/** What a stream gives, as it comes. */
export interface Collected {
  /** Everything, once the stream has ended or was destroyed. */
  readonly all: Promise<Buffer>;
  /** What has come so far. */
  readonly soFar: () => Buffer;
}

/** Everything that comes, up to `most` bytes: then `overflow` is called once and nothing more is kept. */
export function collect(source: Readable, most: number, overflow: () => void): Collected {
  const chunks: Buffer[] = [];
  let size = 0;
  const all = new Promise<Buffer>((resolve) => {
    const done = (): void => resolve(Buffer.concat(chunks));
    const take = (chunk: Buffer): void => {
      size += chunk.length;
      if (size <= most) return void chunks.push(chunk);
      source.off('data', take);
      source.pause();
      overflow();
    };
    source.on('data', take);
    source.once('end', done).once('close', done).once('error', done);
  });
  return { all, soFar: () => Buffer.concat(chunks) };
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
