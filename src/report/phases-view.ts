import { duration } from './host-board.ts';
import { type LiveTask, liveTasks, settleAll } from './live-tasks.ts';
import type { ReportEvent, Reporter } from './reporter.ts';
import { warningsText } from './warnings-text.ts';

type PhaseEvent = ReportEvent & { type: 'phase' };

/** A line per phase; what is said and waited for stands below the one at work, warnings below the phases they came with. */
export function phasesReporter(stream: NodeJS.WriteStream): Reporter {
  const working = new Map<string, Promise<LiveTask | undefined>>();
  const warnings: { readonly host: string; readonly text: string }[] = [];
  let starting: PhaseEvent[] = [];
  let drawn: Promise<readonly LiveTask[]> = Promise.resolve([]);

  /** Phases that start in one breath are lines of one view; the next view waits until this one has ended. */
  const open = () => {
    const batch = starting;
    if (batch.length === 0) return;
    starting = [];
    drawn = drawn.then(async (before) => {
      await before[0]?.finished;
      stream.write(warningsText(warnings.splice(0)));
      return liveTasks(
        batch.map(({ title }) => title),
        stream,
      );
    });
    const view = drawn;
    for (const [index, { phase }] of batch.entries()) {
      working.set(
        phase,
        view.then((tasks) => tasks[index]),
      );
    }
  };

  const end = ({ phase, title, state, ms = 0, changes }: PhaseEvent) => {
    const ended = working.get(phase);
    working.delete(phase);
    void ended?.then(async (live) => {
      const task = await live?.task;
      if (task) task.title = `${title} ${duration(ms)}${changes === 0 ? ', nothing to do' : ''}`;
      live?.settle(state === 'failed' ? new Error(title) : undefined);
    });
  };

  const note = (running: Promise<LiveTask | undefined> | undefined, text: string) => {
    void running?.then(async (live) => {
      const task = await live?.task;
      if (task) task.output = text;
    });
  };

  return {
    report(event) {
      if (event.type === 'phase' && event.state === 'start') {
        starting.push(event);
        return;
      }
      open();
      if (event.type === 'phase') end(event);
      else if (event.type === 'warning') warnings.push(event);
      else if (event.type === 'line') note(working.get(event.phase ?? ''), event.text);
      else if (event.type === 'waiting') note([...working.values()][0], `waiting for ${event.what}`);
    },
    async end() {
      open();
      await settleAll(await drawn);
      stream.write(warningsText(warnings.splice(0)));
    },
  };
}
