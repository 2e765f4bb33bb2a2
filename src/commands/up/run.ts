import { exitCodes, KinitError } from '../../errors.ts';
import type { UpInput, UpResult } from '../../workflows/cluster/up-input.ts';
import { readInventoryFile } from '../input/inventory-file.ts';
import type { Io } from '../io.ts';
import { openStory } from '../story.ts';
import { type UpFlags, upParts } from './input.ts';
import { type UpSteps, upSteps } from './steps.ts';

/** `kinit up`: brings the cluster of a file up, or does what is left of it. Throws KinitError where nothing was touched. */
export async function runUp(flags: UpFlags, io: Io, exit: (code: number) => void): Promise<void> {
  const story = await openStory(flags, io, { manyHosts: true });
  const started = io.now();
  try {
    const file = await readInventoryFile(flags, io, story.warn);
    const { up } = await import('../../workflows/cluster/up.ts');
    const { exitCodeOfUp } = await import('../../workflows/cluster/up-outcome.ts');
    const { upObject, upText } = await import('../../report/up-text.ts');
    const parts = await upParts(file, flags, io, story.reporter);
    let steps: UpSteps | undefined;
    try {
      steps = await upSteps(file, parts, flags, io);
      const { preflight, prepare } = steps;
      const input: UpInput = { ...parts.input, preflight, prepare };
      const result = await up(input);
      await story.reporter.end();
      const code = exitCodeOfUp(result.outcomes);
      if (story.json) io.result(upObject(result));
      else {
        const { documents, inventory } = file;
        const controlPlane = parts.entryOf(parts.input.controlPlane);
        const user = controlPlane.ssh.user ?? inventory.ssh.user;
        const target = `${user === undefined ? '' : `${user}@`}${controlPlane.ssh.address ?? controlPlane.address}`;
        const told = {
          file: documents.file,
          hasNetwork: input.network.kind !== 'none',
          target,
          ms: io.now() - started,
          width: io.stdout.columns,
        };
        io.stdout.write(upText(result, told));
        if (story.logFile !== undefined) io.stderr.write(`log of this run: ${story.logFile}\n`);
      }
      if (io.signal.aborted) throw interrupted(result);
      exit(code);
    } finally {
      await steps?.close();
      await parts.close();
    }
  } finally {
    await story.reporter.end();
  }
}

function interrupted({ outcomes }: UpResult): KinitError {
  const done = outcomes.filter(({ error }) => error === undefined).map(({ host }) => host);
  const finished = done.length === 0 ? 'no host is finished' : `finished: ${done.join(', ')}`;
  return new KinitError('interrupted', {
    exitCode: exitCodes.interrupted,
    hint: `${finished}; what is done stays done, and the same command goes on from here`,
  });
}
