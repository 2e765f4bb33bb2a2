import type { Writable } from 'node:stream';

/** A stream that the process writes to, watched: a reader that goes away ends the output, never the work. */
export interface Outlet {
  /** What kept text from being written, where it was not the reader's own doing: a full disk. */
  readonly failure: () => Error | undefined;
  /** Whether its reader went away: Node calls its own streams whole again after that. */
  readonly isForNobody: () => boolean;
  /** When everything is written or can never be. */
  readonly flushed: () => Promise<void>;
}

/** The other end of a pipe closed, a terminal hung up. */
const goneAway = new Set(['EPIPE', 'EIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED']);

/** Watches a stream from now on; its errors are no exceptions any more. */
export function outlet(stream: Writable): Outlet {
  let failure: Error | undefined;
  let isForNobody = false;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (goneAway.has(error.code ?? '')) isForNobody = true;
    else failure ??= error;
  });
  return {
    failure: () => failure,
    isForNobody: () => isForNobody,
    flushed: () =>
      new Promise((resolve) => {
        // An error is told a moment after it has happened.
        const settled = () => setImmediate(resolve);
        if (stream.destroyed || stream.errored) settled();
        else stream.write('', settled);
      }),
  };
}
