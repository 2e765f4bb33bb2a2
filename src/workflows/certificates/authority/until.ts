import { setTimeout as sleep } from 'node:timers/promises';
import { KinitError } from '../../../errors.ts';
import { throwIfInterrupted } from '../../../execute/interrupted.ts';
import type { Target } from '../../../execute/target.ts';

/** What is waited for, and for how long. */
export interface Looking {
  readonly what: string;
  /** Seconds in which nothing has come nearer: how long all of it takes depends on how much there is. */
  readonly deadline: number;
  /** Milliseconds between two looks. */
  readonly pause: number;
  /** What to look at when it is over. */
  readonly advice: string;
}

/** Looks until nothing is missing; a cluster that does not answer counts as not yet. Throws KinitError at the deadline, saying what is. */
export async function until(
  { what, deadline, pause, advice }: Looking,
  missing: () => Promise<string | undefined>,
  { host, signal, reporter }: Target,
): Promise<void> {
  let end = Date.now() + deadline * 1000;
  let told: string | undefined;
  for (;;) {
    throwIfInterrupted(signal, host.name);
    const why = await missing().catch((error: unknown) => {
      if (error instanceof KinitError) return error.message;
      throw error;
    });
    if (why === undefined) return;
    if (why !== told) {
      reporter.report({ type: 'waiting', host: host.name, what: `${what}: ${why}`, deadline });
      end = Date.now() + deadline * 1000;
    }
    told = why;
    if (Date.now() >= end)
      throw new KinitError(`timed out after ${deadline}s without a change, waiting for ${what}: ${why}`, {
        host: host.name,
        hint: advice,
      });
    await sleep(pause, undefined, { signal }).catch(() => {});
  }
}
