import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** Bytes of one line; whoever sends more sends no answer and no password. */
const longest = 64 * 1024;

const readers = new WeakMap<Readable, () => Promise<string | undefined>>();

/**
 * The next line of standard input without its end, for all who read it: a password and then the answer to a question.
 * Undefined at the end. What was read beyond a line waits for the next one who asks.
 */
export function nextLine(stdin: Readable): Promise<string | undefined> {
  const read = readers.get(stdin) ?? lineReader(stdin);
  readers.set(stdin, read);
  return read();
}

/** Whether lines of it are read this way: what comes is no longer somebody else's to take. */
export function readsLines(stdin: Readable): boolean {
  return readers.has(stdin);
}

function lineReader(stdin: Readable): () => Promise<string | undefined> {
  const parts = stdin[Symbol.asyncIterator]();
  const decoder = new StringDecoder('utf8');
  let text = '';
  let ended = false;
  let last: Promise<unknown> = Promise.resolve();

  async function read(): Promise<string | undefined> {
    while (!ended && !text.includes('\n') && text.length < longest) {
      const { done, value } = await parts.next();
      ended = done === true;
      text += ended ? decoder.end() : typeof value === 'string' ? value : decoder.write(value as Buffer);
    }
    if (text === '') return undefined;
    const end = text.indexOf('\n');
    const line = end < 0 ? text : text.slice(0, end);
    text = end < 0 ? '' : text.slice(end + 1);
    return line.replace(/\r$/, '');
  }

  return () => {
    const line = last.then(read);
    last = line.catch(() => undefined);
    return line;
  };
}
