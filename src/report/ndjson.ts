import type { Writable } from 'node:stream';
import type { Reporter } from './reporter.ts';

/** One JSON document a line on `out`: `{time, ...event}`; the command adds the result as the last one. */
export function ndjsonReporter(out: Writable, now: () => number): Reporter {
  return {
    report(event) {
      out.write(`${JSON.stringify({ time: new Date(now()).toISOString(), ...event })}\n`);
    },
    end() {},
  };
}
