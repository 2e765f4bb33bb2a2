import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { executableContents, makeExecutable } from '../../scripts/package/executable.ts';
import { must } from '../lab/process.ts';
import { type Bench, inTurn, timed } from './measure.ts';

const program = join(import.meta.dirname, '..', '..', 'bin', 'kinit.js');
const node = process.execPath;

/** What kinit itself costs on top of the Node that it needs. */
export const startUp: Bench = {
  name: 'version',
  title: 'kinit version against bare Node',
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'kinit-start-'));
    try {
      const executable = join(folder, 'kinit');
      const contents = await executableContents(join(folder, 'contents'));
      makeExecutable(executable, { contents, node, runs: node, scratch: join(folder, 'scratch') });
      const bare = { peerName: 'node -e 0', goal: { ratio: 1.25 } };
      return [
        { what: 'kinit version', ...bare, ...(await compare([node, program, 'version'], [node, '-e', '0'])) },
        {
          what: 'kinit version, the executable',
          ...bare,
          ...(await compare([executable, 'version'], [node, '-e', '0'])),
        },
        {
          what: 'kinit init --help',
          peerName: 'kinit version',
          goal: { moreMs: 150 },
          ...(await compare([node, program, 'init', '--help'], [node, program, 'version'])),
        },
      ];
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

async function compare(ours: readonly string[], peer: readonly string[]) {
  const start = (argv: readonly string[]) => timed(() => must([...argv], { timeout: 10 }));
  await start(ours); // the first one reads the files from the disk
  return inTurn(
    31,
    () => start(ours),
    () => start(peer),
  );
}
