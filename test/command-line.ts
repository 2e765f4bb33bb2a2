import { PassThrough, Writable } from 'node:stream';
import type { ProcessIo } from '../src/commands/io.ts';
import { runCommand } from '../src/main.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line of kinit in this process, away from the terminal and the home of whoever runs the tests. */
export async function kinit(argv: readonly string[], more: Partial<ProcessIo> = {}): Promise<Ran> {
  const said = { out: '', err: '' };
  const into = (key: 'out' | 'err') =>
    new Writable({
      write(chunk, _, done) {
        said[key] += String(chunk);
        done();
      },
    });
  const io: ProcessIo = {
    stdin: new PassThrough(),
    stdout: into('out'),
    stderr: into('err'),
    env: { HOME: '/nonexistent' },
    cwd: '/',
    signal: new AbortController().signal,
    now: Date.now,
    ...more,
  };
  return { code: await runCommand(argv, io), ...said };
}
