import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { Secret } from '../../secret.ts';
import type { Io } from '../io.ts';
import { nextLine, readsLines } from './stdin-lines.ts';

/** Asks the person at the terminal without showing the answer; undefined where nobody is there to answer. */
export function ask(io: Io): ((question: string) => Promise<Secret | undefined>) | undefined {
  if (io.stdin.isTTY !== true || io.stderr.isTTY !== true) return undefined;
  return (question) =>
    new Promise((resolve) => {
      io.stderr.write(question);
      const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
      const lines = createInterface({ input: io.stdin, output: silent, terminal: true });
      let answer: Secret | undefined;
      lines.once('line', (line) => {
        answer = new Secret(line);
        lines.close();
      });
      lines.once('close', () => {
        io.stderr.write('\n');
        resolve(answer);
      });
    });
}

/** Whether the person types yes; false where nobody is there to answer, unless an answer may come through a pipe. */
export async function confirmed(question: string, io: Io, { piped = false } = {}): Promise<boolean> {
  if (io.stdin.isTTY !== true && !piped) return false;
  io.stderr.write(`${question} [y/N]: `);
  if (io.stdin.isTTY !== true || readsLines(io.stdin)) return isYes((await nextLine(io.stdin)) ?? '');
  const lines = createInterface({ input: io.stdin });
  for await (const line of lines) {
    lines.close();
    return isYes(line);
  }
  return false;
}

function isYes(line: string): boolean {
  return /^y(es)?$/i.test(line.trim());
}
