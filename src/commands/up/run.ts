import { exitCodes, KinitError } from '../../errors.ts';
import type { UpResult } from '../../workflows/cluster/up/up-input.ts';
import { readInventoryFile } from '../input/inventory-file.ts';
import { type Io, tell } from '../io.ts';
import { inSession } from '../session.ts';
import { type UpFlags, upParts } from './input.ts';

/** `kinit up`: brings the cluster of a file up, or does what is left of it. Throws KinitError where nothing was touched. */
export async function runUp(flags: UpFlags, io: Io, exit: (code: number) => void): Promise<void> {
  const started = io.now();
  await inSession({ flags, io, exit, manyHosts: true }, async (session) => {
    const file = await readInventoryFile(flags, io, session.warn);
    const { up } = await import('../../workflows/cluster/up/up.ts');
    const { exitCodeOfUp } = await import('../../workflows/cluster/up/up-outcome.ts');
    const { upObject, upText } = await import('../../report/up-text.ts');
    const parts = session.closing(await upParts(file, flags, io, session.run));
    const result = await up(parts.input);
    await session.told();
    if (session.json) io.result(upObject(result));
    else {
      const told = {
        file: file.documents.file,
        hasNetwork: parts.input.network.kind !== 'none',
        ms: io.now() - started,
        width: io.stdout.columns,
        words: io.words,
      };
      tell(io, upText(result, told));
      if (session.logFile !== undefined) io.stderr.write(`log of this run: ${session.logFile}\n`);
    }
    if (io.signal.aborted) throw interrupted(result);
    return exitCodeOfUp(result);
  });
}

function interrupted({ outcomes }: UpResult): KinitError {
  const done = outcomes.filter(({ error }) => error === undefined).map(({ host }) => host);
  const finished = done.length === 0 ? 'no host is finished' : `finished: ${done.join(', ')}`;
  return new KinitError('interrupted', {
    exitCode: exitCodes.interrupted,
    hint: `${finished}; what is done stays done, and the same command goes on from here`,
  });
}
