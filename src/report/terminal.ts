import { english, type Words } from '../messages/language.ts';
import { printable } from '../printable.ts';
import { boardReporter } from './board-view.ts';
import { phasesReporter } from './phases-view.ts';
import type { ReportEvent, Reporter } from './reporter.ts';

/** The live view of a terminal: a line per phase for one host, a board for many. */
export function terminalReporter(
  stream: NodeJS.WriteStream,
  { manyHosts = false, words = english }: { readonly manyHosts?: boolean; readonly words?: Words } = {},
): Reporter {
  return printableReporter(manyHosts ? boardReporter(stream) : phasesReporter(stream), words);
}

/** What of an event is a text for a person, not a name. */
const spoken: ReadonlySet<string> = new Set(['text', 'title', 'what', 'reason']);

/** The view itself moves the cursor; no text within it does. */
function printableReporter(view: Reporter, { of }: Words): Reporter {
  const safe = (key: string, value: unknown) => {
    if (typeof value !== 'string') return value;
    return printable(spoken.has(key) ? of(value) : value);
  };
  const report = (event: ReportEvent) =>
    view.report(
      Object.fromEntries(Object.entries(event).map(([key, value]) => [key, safe(key, value)])) as ReportEvent,
    );
  return { report, end: () => view.end() };
}
