import { setMaxListeners } from 'node:events';
import { CommanderError } from 'commander';
import type { Io, ProcessIo } from './commands/io.ts';
import { programFor } from './commands/program.ts';
import { exitCodes, KinitError } from './errors.ts';
import { errorObject, errorText } from './report/error-text.ts';
import { resultLine } from './report/ndjson.ts';
import { redact } from './report/redact.ts';

/** Runs the command line; returns the exit code. The only code that knows `process`. */
export async function main(process: NodeJS.Process): Promise<number> {
  const interrupt = new AbortController();
  // Everything that is under way listens to it, for hundreds of hosts at once.
  setMaxListeners(0, interrupt.signal);
  const stop = () => {
    if (interrupt.signal.aborted) process.exit(exitCodes.interrupted);
    interrupt.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  const io: ProcessIo = {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    signal: interrupt.signal,
    now: Date.now,
  };
  try {
    return await runCommand(process.argv.slice(2), io);
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}

/** Runs one command line against `io`; returns the exit code and never throws. */
export async function runCommand(argv: readonly string[], process: ProcessIo): Promise<number> {
  let result: object | undefined;
  const io: Io = {
    ...process,
    verbosity: verbosityOf(argv),
    result(fields) {
      result = { ...result, ...fields };
    },
  };
  const { code, failure, isHelp } = await perform(argv, io);
  if (result !== undefined && !isHelp) io.stdout.write(resultLine({ code, ...result, ...failure }, io.now()));
  return code;
}

interface Ended {
  readonly code: number;
  readonly failure?: object;
  readonly isHelp?: boolean;
}

async function perform(argv: readonly string[], io: Io): Promise<Ended> {
  let code: number = exitCodes.done;
  try {
    const program = await programFor(argv, io, (wanted) => {
      code = wanted;
    });
    await program.parseAsync([...argv], { from: 'user' });
    return { code };
  } catch (error) {
    if (error instanceof CommanderError) return afterParsing(error);
    const interrupted = io.signal.aborted && !(error instanceof KinitError && error.exitCode !== exitCodes.interrupted);
    io.stderr.write(redact(errorText(error, { verbosity: verbosityOf(argv), interrupted })));
    const own = error instanceof KinitError ? error.exitCode : exitCodes.bug;
    return { code: interrupted ? exitCodes.interrupted : own, failure: errorObject(error, { interrupted }) };
  }
}

/** Commander has told why already. */
function afterParsing(error: CommanderError): Ended {
  if (wasHelp(error)) return { code: exitCodes.done, isHelp: true };
  return { code: exitCodes.badInput, failure: { error: error.message.replace(/^error: /, '') } };
}

/** Help was asked for, or shown for a command that has sub-commands and was given none: exit 0 as kubeadm has it. */
function wasHelp({ exitCode, code }: CommanderError): boolean {
  return exitCode === 0 || code === 'commander.help';
}

/** `-v 5`, `--v=5`, wherever it stands. */
function verbosityOf(argv: readonly string[]): number {
  const at = argv.findIndex((word) => word === '-v' || word === '--v');
  const inline = argv.map((word) => /^(?:--v=|-v=?)(\d+)$/.exec(word)?.[1]).find(Boolean);
  return Number(inline ?? (at < 0 ? 0 : argv[at + 1])) || 0;
}
