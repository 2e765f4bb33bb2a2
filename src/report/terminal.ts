import { Listr, ListrLogger, type ListrTaskWrapper, ProcessOutput } from 'listr2';
import { counts, duration, type HostLine, hostBoard } from './host-board.ts';
import type { ReportEvent, Reporter } from './reporter.ts';
import { warningsText } from './warnings-text.ts';

type Task = ListrTaskWrapper<unknown, never, never>;

/** The live view of a terminal: a line per phase for one host, a board for many. */
export function terminalReporter(stream: NodeJS.WriteStream, { manyHosts = false } = {}): Reporter {
  return manyHosts ? boardReporter(stream) : phasesReporter(stream);
}

/** A line per phase; what is said and waited for stands below the one at work. */
function phasesReporter(stream: NodeJS.WriteStream): Reporter {
  const working = new Map<string, Running>();
  const all: Running[] = [];
  const onPhase = (event: ReportEvent & { type: 'phase' }) => {
    const running = working.get(event.phase);
    if (event.state === 'start') {
      const begun = startTask(event.title, stream);
      working.set(event.phase, begun);
      all.push(begun);
    } else if (running) {
      void running.task.then((task) => {
        task.title = `${event.title} ${duration(event.ms ?? 0)}${event.changes === 0 ? ', nothing to do' : ''}`;
        running.settle(event.state === 'failed' ? new Error(event.title) : undefined);
      });
      working.delete(event.phase);
    }
  };
  const note = (running: Running | undefined, text: string) => {
    void running?.task.then((task) => {
      task.output = text;
    });
  };
  return {
    report(event) {
      if (event.type === 'phase') onPhase(event);
      else if (event.type === 'line') note(working.get(event.phase ?? ''), event.text);
      else if (event.type === 'waiting') for (const each of working.values()) note(each, `waiting for ${event.what}`);
      else if (event.type === 'warning') for (const each of working.values()) note(each, event.text);
    },
    end: () => settleAll(all),
  };
}

/** One board that is drawn anew four times a second; warnings come together at the end, when nothing moves any more. */
function boardReporter(stream: NodeJS.WriteStream): Reporter {
  const hosts = new Map<string, HostLine>();
  const warnings: { readonly host: string; readonly text: string }[] = [];
  const started = Date.now();
  let board: Running | undefined;
  const draw = (final = false) => {
    if (hosts.size === 0) return;
    board ??= startTask('hosts', stream);
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
      draw(true);
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

interface Running {
  readonly task: Promise<Task>;
  readonly settle: (error?: Error) => void;
  readonly finished: Promise<unknown>;
}

async function settleAll(all: readonly Running[]): Promise<void> {
  for (const running of all) void running.task.then(() => running.settle());
  await Promise.all(all.map(({ finished }) => finished));
}

/** One listr2 task that ends when we say so; the work itself is never listr's. */
function startTask(title: string, stream: NodeJS.WriteStream): Running {
  let settle: (error?: Error) => void = () => {};
  let giveTask: (task: Task) => void = () => {};
  const task = new Promise<Task>((resolve) => {
    giveTask = resolve;
  });
  const list = new Listr(
    {
      title,
      task: (_, own) => {
        giveTask(own as unknown as Task);
        return new Promise<void>((resolve, reject) => {
          settle = (error) => (error ? reject(error) : resolve());
        });
      },
    },
    {
      exitOnError: false,
      registerSignalListeners: false,
      rendererOptions: {
        logger: new ListrLogger({ processOutput: new ProcessOutput(stream, stream) }),
        showErrorMessage: false,
      },
    },
  );
  return { task, settle: (error) => settle(error), finished: list.run() };
}
