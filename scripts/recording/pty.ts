import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quoteAll } from '../../src/host/shell/quote.ts';
import { run } from '../../test/lab/process.ts';
import type { Chunk, Size } from './frames.ts';

/** What a command writes to a terminal of that size, and when; util-linux' script(1) is the terminal. Throws at another exit code. */
export async function onTerminal(
  argv: readonly string[],
  { columns, rows }: Size,
  options: { readonly env: NodeJS.ProcessEnv; readonly cwd: string; readonly exit: number },
): Promise<readonly Chunk[]> {
  const folder = mkdtempSync(join(tmpdir(), 'kinit-terminal-'));
  const [output, timing] = [join(folder, 'output'), join(folder, 'timing')];
  const command = `stty rows ${rows} cols ${columns}; exec ${quoteAll(argv)}`;
  try {
    const files = ['--log-out', output, '--log-timing', timing, '--logging-format', 'classic'];
    const { code } = await run(['script', '--quiet', '--return', ...files, '--command', command], {
      env: options.env,
      cwd: options.cwd,
      timeout: 570,
    });
    const written = readFileSync(output);
    if (code !== options.exit) throw new Error(`${argv.join(' ')} ended with ${code}:\n${written}`);
    return chunksOf(written, readFileSync(timing, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** script(1) has a line for each write: seconds since the one before, and bytes; its own first line has no share in them. */
function chunksOf(written: Buffer, timing: string): readonly Chunk[] {
  const decoder = new TextDecoder();
  let at = 0;
  let from = written.indexOf('\n') + 1;
  return timing
    .trim()
    .split('\n')
    .map((line) => {
      const [delay = 0, bytes = 0] = line.split(' ').map(Number);
      at += delay;
      from += bytes;
      return { at, text: decoder.decode(written.subarray(from - bytes, from), { stream: true }) };
    });
}
