import { newRun, type Run } from '../src/execute/run.ts';
import { silentReporter } from '../src/report/reporter.ts';

/** A run that nobody hears of and nobody interrupts, but for what is asked of it. */
export function quietRun(more: Partial<Run> = {}): Run {
  return newRun({ reporter: silentReporter, signal: new AbortController().signal, now: 0, ...more });
}
