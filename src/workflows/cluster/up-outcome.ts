import { exitCodes, type KinitError } from '../../errors.ts';
import type { Decided } from '../../execute/decided.ts';
import { doneBefore } from '../../execute/done.ts';
import { asKinitError } from './many-hosts.ts';
import type { UpHost, UpOutcome } from './up-input.ts';
import type { UpRun } from './up-machine.ts';

/** What becomes of a machine that is worked on; it never throws, so that one machine never ends the others. */
export async function concluded(
  entry: UpHost,
  { input }: UpRun,
  work: () => Promise<readonly Decided[]>,
): Promise<UpOutcome> {
  const started = Date.now();
  const tell = (state: 'start' | 'done' | 'failed', reason?: string) =>
    input.run.reporter.report({ type: 'host', host: entry.name, state, ...(reason === undefined ? {} : { reason }) });
  tell('start');
  try {
    const changed = await work();
    tell('done', changed.length === 0 ? 'as wanted' : `${changed.length} changes`);
    const result = changed.length === 0 ? 'as wanted' : 'up';
    return { host: entry.name, result, changed, error: undefined, ms: Date.now() - started };
  } catch (error) {
    const failure = asKinitError(error, entry.name);
    tell('failed', failure.message);
    return { host: entry.name, result: 'failed', changed: doneBefore(error), error: failure, ms: Date.now() - started };
  }
}

/** A worker that was not reached, or that its preflight keeps out; nothing was touched on it. */
export function leftOut(entry: UpHost, error: KinitError, { input }: UpRun): UpOutcome {
  input.run.reporter.report({ type: 'host', host: entry.name, state: 'skipped', reason: error.message });
  return { host: entry.name, result: 'left out', changed: [], error, ms: 0 };
}

/** A machine of which the cluster says that it is as the file wants it. */
export function notAsked(entry: UpHost): UpOutcome {
  return { host: entry.name, result: 'not asked', changed: [], error: undefined, ms: 0 };
}

/** 0 where all went well; else what the control plane failed with, or 4: the cluster is up without some workers. */
export function exitCodeOfUp([controlPlane, ...workers]: readonly UpOutcome[]): number {
  if (controlPlane?.error) return controlPlane.error.exitCode;
  return workers.some(({ error }) => error !== undefined) ? exitCodes.someHostsFailed : exitCodes.done;
}
