import { join } from 'node:path';
import { must } from '../lab/process.ts';
import { type Bench, inTurn, timed } from './measure.ts';

const program = join(import.meta.dirname, '..', '..', 'bin', 'kinit.js');

/** What kinit itself costs on top of the Node that it needs. */
export const startUp: Bench = {
  name: 'version',
  title: 'kinit version against bare Node',
  async run() {
    const start = (...argv: string[]) => timed(() => must([process.execPath, ...argv], { timeout: 10 }));
    await start(program, 'version'); // the first one reads the files from the disk
    const turns = await inTurn(
      31,
      () => start(program, 'version'),
      () => start('-e', '0'),
    );
    return [{ what: 'kinit version', peerName: 'node -e 0', goal: { moreMs: 25 }, ...turns }];
  },
};
