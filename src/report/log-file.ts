import { jsonText } from '../printable.ts';
import type { Reporter } from './reporter.ts';

/** Tells every event to `inner` and, with its time, to `append` (the run's log file, 0600). */
export function loggedReporter(inner: Reporter, append: (line: string) => void, now: () => number): Reporter {
  return {
    report(event) {
      append(`${new Date(now()).toISOString()} ${jsonText(event)}\n`);
      inner.report(event);
    },
    end: () => inner.end(),
  };
}
