import type { KinitError } from '../errors.ts';
import type { Run } from '../execute/run.ts';
import type { Io } from './io.ts';
import { openStory, quietStory, runOf, type Story } from './story.ts';

/** What has to be closed, or what came in its place. */
export type Closing = { close(): unknown } | KinitError | undefined;

/** One run of a command: how it is told, what all its work shares, and what is closed when it is over. */
export interface Session extends Story {
  readonly run: Run;
  /** Closes it at the end, before what was handed over earlier, whatever happened; together with others of one call. */
  closing<Opened extends readonly (Closing | Promise<Closing>)[]>(...opened: Opened): Opened[0];
  /** Nothing more is told: what the command is run for may be written. */
  told(): Promise<void>;
}

interface Command {
  readonly flags: { readonly output?: string };
  readonly io: Io;
  readonly exit?: (code: number) => void;
  readonly manyHosts?: boolean;
}

/**
 * Runs a command: opens its story, makes its Run, and at the end, whatever happened, ends the story and closes all that was
 * handed over, the last first. What the work returns is the exit code, where it is not 0. Throws what the work throws, else
 * what could not be closed.
 */
export async function inSession(
  { flags, io, exit, manyHosts = false }: Command,
  work: (session: Session) => Promise<number | undefined | undefined>,
): Promise<void> {
  await told(await openStory(flags, io, { manyHosts }), io, async (session) => {
    const code = await work(session);
    if (code !== undefined) exit?.(code);
  });
}

/** The same for a command that prints what it is run for and has nothing else to tell but warnings: it keeps no log. */
export async function inQuietSession<Result>(io: Io, work: (session: Session) => Promise<Result>): Promise<Result> {
  return told(quietStory(io), io, work);
}

async function told<Result>(story: Story, io: Io, work: (session: Session) => Promise<Result>): Promise<Result> {
  const opened: (readonly (Closing | Promise<Closing>)[])[] = [];
  const session: Session = {
    ...story,
    run: runOf(story.reporter, io),
    closing(...together) {
      opened.push(together);
      // Who waits for it hears that it failed; nobody may have to.
      for (const one of together) if (one instanceof Promise) one.catch(() => {});
      return together[0];
    },
    told: async () => story.reporter.end(),
  };
  const failures: unknown[] = [];
  let result: Result;
  try {
    result = await work(session);
  } finally {
    failures.push(...(await closed([{ close: () => story.reporter.end() }])));
    for (const together of opened.reverse()) failures.push(...(await closed(together)));
  }
  if (failures.length > 0) throw failures[0];
  return result;
}

/** Returns what went wrong; who could not be opened has said so elsewhere. */
async function closed(together: readonly (Closing | Promise<Closing>)[]): Promise<readonly unknown[]> {
  const ended = await Promise.allSettled(
    together.map(async (one) => {
      const there = await Promise.resolve(one).catch(() => undefined);
      if (there !== undefined && 'close' in there) await there.close();
    }),
  );
  return ended.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
}
