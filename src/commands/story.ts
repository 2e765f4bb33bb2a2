import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { newRun, type Run } from '../execute/run.ts';
import type { Host } from '../host/host.ts';
import { loggedReporter } from '../report/log-file.ts';
import { openReporter } from '../report/open.ts';
import { redactedReporter } from '../report/redact.ts';
import type { Reporter } from '../report/reporter.ts';
import type { Io } from './io.ts';

export interface Story {
  readonly reporter: Reporter;
  /** For what is odd in the user's input but no error. */
  readonly warn: (text: string) => void;
  /** NDJSON was asked for: the product goes into its last event, the result. */
  readonly json: boolean;
  /** Where the log of this run is. */
  readonly logFile: string | undefined;
}

/** The run that is told so. */
export function runOf(reporter: Reporter, io: Io): Run {
  const why = async (host: Host) => (await import('../workflows/doctor/last-words.ts')).lastWords(host, io.now);
  return newRun({ reporter, signal: io.signal, now: io.now(), why });
}

/** How this run is told: on the terminal, as lines or as events, and in a log of its own (0600, redacted). */
export async function openStory(
  flags: { readonly output?: string },
  io: Io,
  { manyHosts = false } = {},
): Promise<Story> {
  const json = flags.output === 'json';
  const { stdout, stderr, terminal, env, now, words } = io;
  const everything = await openReporter({ stdout, stderr, terminal, env, now, manyHosts, json, words });
  const shown = reporterUpTo(io.verbosity ?? 0, everything);
  const log = openLog(io);
  const logged = redactedReporter(log ? loggedReporter(shown, log.append, io.now) : shown);
  const reporter: Reporter = {
    report: logged.report,
    async end() {
      await logged.end();
      log?.close();
    },
  };
  const warn = (text: string) => reporter.report({ type: 'warning', host: 'kinit', text });
  return { reporter, warn, json, logFile: log?.path };
}

/** Of a command that has no story: only its warnings are told, and no log is kept. */
export function quietStory({ stderr }: Pick<Io, 'stderr'>): Story {
  const warn = (text: string) => reporter.report({ type: 'warning', host: 'kinit', text });
  const reporter = redactedReporter({
    report(event) {
      if (event.type === 'warning') stderr.write(`warning: ${event.text}\n`);
    },
    end() {},
  });
  return { reporter, warn, json: false, logFile: undefined };
}

/** Without the lines that only a higher level of -v asks for. */
function reporterUpTo(verbosity: number, inner: Reporter): Reporter {
  return {
    report(event) {
      if (event.type !== 'line' || (event.verbosity ?? 0) <= verbosity) inner.report(event);
    },
    end: () => inner.end(),
  };
}

interface Log {
  readonly path: string;
  append(line: string): void;
  close(): void;
}

/** A file of its own for this run; a home that cannot be written to means no log, not a failure. */
function openLog(io: Io): Log | undefined {
  const state = io.env['XDG_STATE_HOME'] ?? join(io.env['HOME'] ?? homedir(), '.local', 'state');
  const folder = join(state, 'kinit', 'logs');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const path = join(
      folder,
      `${new Date(io.now()).toISOString().replaceAll(':', '-')}-${Math.random().toString(36).slice(2, 6)}.log`,
    );
    const file = openSync(path, 'wx', 0o600);
    let isOpen = true;
    return {
      path,
      append(line) {
        if (isOpen) writeSync(file, line);
      },
      close() {
        if (isOpen) closeSync(file);
        isOpen = false;
      },
    };
  } catch {
    return undefined;
  }
}
