import { counts, duration, type HostLine, hostBoard } from './host-board.ts';
import { type LiveTask, liveTasks, settleAll } from './live-tasks.ts';
import type { ReportEvent, Reporter } from './reporter.ts';
import { warningsText } from './warnings-text.ts';

/** One board that is drawn anew four times a second; warnings come together at the end, when nothing moves any more. */
export function boardReporter(stream: NodeJS.WriteStream): Reporter {
  const hosts = new Map<string, HostLine>();
  const warnings: { readonly host: string; readonly text: string }[] = [];
  const started = Date.now();
  let board: LiveTask | undefined;
  let hasEnded = false;
  const draw = (final = false) => {
    if (hosts.size === 0) return;
    board ??= liveTasks(['hosts'], stream)[0];
    if (board === undefined) return;
    void board.task.then((task) => {
      const lines = [...hosts.values()];
      const size = { columns: stream.columns ?? 100, rows: stream.rows ?? 24 };
      task.title = final ? `${counts(lines)} ${duration(Date.now() - started)}` : hostBoard(lines, size, Date.now());
    });
  };
  // Thousands of events a second are no reason to draw more often than anybody can see.
  const clock = setInterval(draw, 250);
  clock.unref();
  return {
    report(event) {
      if (event.type === 'warning') warnings.push(event);
      else updateHost(hosts, event, Date.now());
    },
    async end() {
      clearInterval(clock);
      if (hasEnded) return;
      hasEnded = true;
      draw(true);
      const hasFailed = [...hosts.values()].some(({ state }) => state === 'failed');
      if (hasFailed) board?.settle(new Error('some hosts failed'));
      await settleAll(board === undefined ? [] : [board]);
      stream.write(warningsText(warnings.splice(0)));
    },
  };
}

function updateHost(hosts: Map<string, HostLine>, event: Exclude<ReportEvent, { type: 'warning' }>, now: number): void {
  const known = hosts.get(event.host) ?? { host: event.host, state: 'start', text: '', since: now };
  const put = (change: Partial<HostLine>) => hosts.set(event.host, { ...known, ...change });
  if (event.type === 'host') put({ state: event.state, text: event.reason ?? known.text, since: now });
  else if (event.type === 'line') put({ text: event.text.split('\n')[0] ?? '' });
  else if (event.type === 'waiting') put({ text: `waiting for ${event.what}` });
  else if (event.type === 'phase' && event.state === 'start') put({ text: event.title, since: now });
}
