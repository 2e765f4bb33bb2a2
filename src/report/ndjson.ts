import { jsonText } from '../printable.ts';
import { redact } from './redact.ts';
import type { Out, Reporter } from './reporter.ts';

/** One JSON document a line on `out`: `{time, ...event}`; the result comes last, when the run has ended. */
export function ndjsonReporter(out: Out, now: () => number): Reporter {
  return {
    report(event) {
      out.write(eventLine(event, now()));
    },
    end() {},
  };
}

/** How a run came out: its exit code, what it was run for, and what went wrong. No secret is in it. */
export function resultLine(result: { readonly code: number } & object, now: number): string {
  return eventLine({ type: 'result', ...result }, now);
}

function eventLine(event: object, now: number): string {
  const told = (_: string, value: unknown) => (typeof value === 'string' ? redact(value) : value);
  return `${jsonText({ time: new Date(now).toISOString(), ...event }, undefined, told)}\n`;
}
