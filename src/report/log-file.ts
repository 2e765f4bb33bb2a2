import { jsonText } from '../printable.ts';
import type { Reporter } from './reporter.ts';

/**
 * Tells every event to `inner` and, with its time, to `append` (the run's log file, 0600). Where that throws, the disk is
 * full or gone: the log ends there, and not the work.
 */
export function loggedReporter(inner: Reporter, append: (line: string) => void, now: () => number): Reporter {
  let hasEnded = false;
  return {
    report(event) {
      try {
        if (!hasEnded) append(`${new Date(now()).toISOString()} ${jsonText(event)}\n`);
      } catch (error) {
        hasEnded = true;
        inner.report({
          type: 'warning',
          host: 'kinit',
          text: `the log of this run ends here: ${(error as Error).message}`,
        });
      }
      inner.report(event);
    },
    end: () => inner.end(),
  };
}
