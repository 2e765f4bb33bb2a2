import { printable } from '../printable.ts';
import { boardReporter } from './board-view.ts';
import { phasesReporter } from './phases-view.ts';
import type { ReportEvent, Reporter } from './reporter.ts';

/** The live view of a terminal: a line per phase for one host, a board for many. */
export function terminalReporter(stream: NodeJS.WriteStream, { manyHosts = false } = {}): Reporter {
  return printableReporter(manyHosts ? boardReporter(stream) : phasesReporter(stream));
}

/** The view itself moves the cursor; no text within it does. */
function printableReporter(view: Reporter): Reporter {
  const safe = (value: unknown) => (typeof value === 'string' ? printable(value) : value);
  const report = (event: ReportEvent) =>
    view.report(Object.fromEntries(Object.entries(event).map(([key, value]) => [key, safe(value)])) as ReportEvent);
  return { report, end: () => view.end() };
}
