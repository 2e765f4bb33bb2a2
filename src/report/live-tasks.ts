import { DefaultRenderer, Listr, ListrLogger, type ListrTaskWrapper, ProcessOutput } from 'listr2';

/** Drawn on the stream that it is given, whether or not stdout, which is the product, is a terminal. */
class LiveView extends DefaultRenderer {
  static override readonly nonTTY = true;
}

type Task = ListrTaskWrapper<unknown, never, never>;

/** A line of the live view that ends when we say so; the work itself is never listr's. */
export interface LiveTask {
  /** What listr hands out once the line is drawn. */
  readonly task: Promise<Task>;
  readonly settle: (error?: Error) => void;
  /** When the view that it is a line of has ended. */
  readonly finished: Promise<unknown>;
}

/** One view with a line per title; two views at once would draw over each other. */
export function liveTasks(titles: readonly string[], stream: NodeJS.WriteStream): readonly LiveTask[] {
  const lines = titles.map((title) => ({ title, ...line() }));
  const list = new Listr(
    lines.map(({ title, run }) => ({ title, task: run })),
    {
      concurrent: true,
      renderer: LiveView,
      exitOnError: false,
      registerSignalListeners: false,
      rendererOptions: {
        logger: new ListrLogger({ processOutput: new ProcessOutput(stream, stream) }),
        showErrorMessage: false,
      },
    },
  );
  const finished = list.run();
  return lines.map(({ task, settle }) => ({ task, settle, finished }));
}

/** Ends every line that still runs and waits until nothing is drawn any more. */
export async function settleAll(all: readonly LiveTask[]): Promise<void> {
  for (const { settle } of all) settle();
  await Promise.all(all.map(({ finished }) => finished));
}

function line() {
  let give: (task: Task) => void = () => {};
  const task = new Promise<Task>((resolve) => {
    give = resolve;
  });
  let settle: (error?: Error) => void = () => {};
  const over = new Promise<void>((resolve, reject) => {
    settle = (error) => (error ? reject(error) : resolve());
  });
  over.catch(() => {});
  const run = (_: unknown, own: unknown): Promise<void> => {
    give(own as Task);
    return over;
  };
  return { task, settle: (error?: Error) => settle(error), run };
}
