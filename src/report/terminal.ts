import { boardReporter } from './board-view.ts';
import { phasesReporter } from './phases-view.ts';
import type { Reporter } from './reporter.ts';

/** The live view of a terminal: a line per phase for one host, a board for many. */
export function terminalReporter(stream: NodeJS.WriteStream, { manyHosts = false } = {}): Reporter {
  return manyHosts ? boardReporter(stream) : phasesReporter(stream);
}
