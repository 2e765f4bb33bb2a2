import { Listr, ListrLogger, type ListrTaskWrapper, ProcessOutput } from 'listr2';
import { duration, type HostLine, hostBoard } from './host-board.ts';
import type { ReportEvent, Reporter } from './reporter.ts';

type Task = ListrTaskWrapper<unknown, never, never>;

interface Running {
  readonly task: Promise<Task>;
  readonly settle: (error?: Error) => void;
  readonly finished: Promise<unknown>;
}

/**
 * The live view of a terminal: a line per phase for one host; for many hosts one board, with the hosts that work and
 * counts for the rest. Warnings and lines stay above it.
 */
export function terminalReporter(stream: NodeJS.WriteStream, { manyHosts = false } = {}): Reporter {
  const phases = new Map<string, Running>();
  const hosts = new Map<string, HostLine>();
  let board: Running | undefined;
  const all: Running[] = [];

  const begin = (title: string): Running => {
    const running = startTask(title, stream);
    all.push(running);
    return running;
  };

  const onPhase = (event: ReportEvent & { type: 'phase' }) => {
    const running = phases.get(event.phase);
    if (event.state === 'start') phases.set(event.phase, begin(event.title));
    else if (running) {
      void running.task.then((task) => {
        task.title = `${event.title} ${duration(event.ms ?? 0)}${event.changes === 0 ? ', nothing to do' : ''}`;
        running.settle(event.state === 'failed' ? new Error(event.title) : undefined);
      });
      phases.delete(event.phase);
    }
  };

  const onBoard = (event: ReportEvent) => {
    updateHost(hosts, event);
    board ??= begin('hosts');
    void board.task.then((task) => {
      task.title = hostBoard([...hosts.values()], stream.columns ?? 100);
    });
  };

  return {
    report(event) {
      if (event.type === 'warning')
        for (const { task } of phases.values()) void task.then((one) => note(one, event.text));
      else if (manyHosts) onBoard(event);
      else if (event.type === 'phase') onPhase(event);
      else if (event.type === 'waiting')
        for (const { task } of phases.values()) void task.then((one) => note(one, `waiting for ${event.what}`));
      else if (event.type === 'line') void phases.get(event.phase ?? '')?.task.then((one) => note(one, event.text));
    },
    async end() {
      for (const running of all) void running.task.then(() => running.settle());
      await Promise.all(all.map(({ finished }) => finished));
    },
  };
}

function note(task: Task, text: string): void {
  task.output = text;
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

function updateHost(hosts: Map<string, HostLine>, event: ReportEvent): void {
  const known = hosts.get(event.host) ?? { host: event.host, state: 'start', text: '' };
  if (event.type === 'host') hosts.set(event.host, { ...known, state: event.state, text: event.reason ?? known.text });
  else if (event.type === 'line') hosts.set(event.host, { ...known, text: event.text });
  else if (event.type === 'waiting') hosts.set(event.host, { ...known, text: `waiting for ${event.what}` });
  else if (event.type === 'phase' && event.state === 'start') hosts.set(event.host, { ...known, text: event.title });
}
