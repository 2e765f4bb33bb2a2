import { setMaxListeners } from 'node:events';
import { CommanderError } from 'commander';
import type { Io, Printed, ProcessIo } from './commands/io.ts';
import { programFor } from './commands/program.ts';
import { exitCodes, KinitError } from './errors.ts';
import { asciiStream, english, inAscii, type Speech, speechOf } from './messages/language.ts';
import { asOutOfFiles, refuseFewOpenFiles } from './open-files.ts';
import { outlet } from './outlet.ts';
import { printable } from './printable.ts';
import { errorObject, errorText, moreOf } from './report/error-text.ts';
import { resultLine } from './report/ndjson.ts';
import { redact } from './report/redact.ts';

/** What kinit needs of Node's `process`. */
export type MainProcess = Pick<
  NodeJS.Process,
  'argv' | 'stdin' | 'stdout' | 'stderr' | 'env' | 'cwd' | 'on' | 'off' | 'exit'
>;

/** A terminal that is closed is no reason to leave locks and tokens behind. */
const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Milliseconds within which another signal is the same wish: timeout(1), a shell whose terminal goes and npx send one to
 * the process and one to its group.
 */
const sameWish = 1000;

/**
 * Runs the command line; returns the exit code once everything is written: whatever is still open then (sockets of a peer
 * that does not close its side) is the caller's to end with the process. The only code that knows `process`.
 */
export async function main(process: MainProcess): Promise<number> {
  const interrupt = new AbortController();
  // Everything that is under way listens to it, for hundreds of hosts at once.
  setMaxListeners(0, interrupt.signal);
  let stopped: number | undefined;
  const stop = () => {
    if (stopped !== undefined && performance.now() - stopped > sameWish) process.exit(exitCodes.interrupted);
    stopped ??= performance.now();
    interrupt.abort();
  };
  for (const signal of stopSignals) process.on(signal, stop);
  const [stdout, stderr] = [outlet(process.stdout), outlet(process.stderr)];
  const stall = () => {
    process.stderr.write(
      'error: this is a bug in kinit, please report it: the run waits for nothing and is not over\n',
    );
    process.exit(exitCodes.bug);
  };
  process.on('beforeExit', stall);
  const io: ProcessIo = {
    // Node opens it for whoever reads it.
    get stdin() {
      return process.stdin;
    },
    stdout: process.stdout,
    isForNobody: stdout.isForNobody,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    signal: interrupt.signal,
    now: Date.now,
  };
  try {
    const code = await runCommand(process.argv.slice(2), io);
    await stdout.flushed();
    const lost = stdout.failure();
    if (lost !== undefined) process.stderr.write(`error: the output could not be written: ${lost.message}\n`);
    await stderr.flushed();
    return lost !== undefined && code === exitCodes.done ? exitCodes.phaseFailed : code;
  } finally {
    for (const signal of stopSignals) process.off(signal, stop);
    process.off('beforeExit', stall);
  }
}

/** Runs one command line against `io`; returns the exit code and never throws. */
export async function runCommand(argv: readonly string[], process: ProcessIo): Promise<number> {
  let result: object | undefined;
  const { env, cwd, signal, now } = process;
  const speech = speechOf(argv, env);
  const words = speech.language === 'en' ? english : await (await import('./messages/words.ts')).chinese();
  const shown = (text: string) => (speech.ascii ? inAscii(words.of(text)) : words.of(text));
  const io: Io = {
    env,
    cwd,
    signal,
    now,
    get stdin() {
      return process.stdin;
    },
    verbosity: verbosityOf(argv),
    stdout: printed(process.stdout),
    isForNobody: process.isForNobody,
    stderr: printed(process.stderr, (text) => shown(redact(text))),
    words: { language: words.language, of: shown },
    terminal: speech.ascii ? asciiStream(process.stderr) : process.stderr,
    result(fields) {
      result = { ...result, ...fields };
    },
  };
  tellRemark(speech, io);
  const { code, failure, isHelp } = await perform(argv, io);
  if (result !== undefined && !isHelp) io.stdout.write(resultLine({ code, ...result, ...failure }, io.now()));
  return code;
}

function tellRemark({ remark }: Speech, { stderr }: Io): void {
  if (remark !== undefined) stderr.write(`warning: ${remark}\n`);
}

/** A stream on which nothing steers a terminal, wherever the text comes from; the product alone may hold secrets. */
function printed(stream: ProcessIo['stdout'], as = (text: string) => text): Printed {
  return {
    write: (text) => void stream.write(printable(as(text))),
    isTTY: stream.isTTY === true,
    columns: stream.columns,
  };
}

interface Ended {
  readonly code: number;
  readonly failure?: object;
  readonly isHelp?: boolean;
}

async function perform(argv: readonly string[], io: Io): Promise<Ended> {
  let code: number = exitCodes.done;
  try {
    refuseFewOpenFiles();
    const program = await programFor(argv, io, (wanted) => {
      code = wanted;
    });
    await program.parseAsync([...argv], { from: 'user' });
    return { code };
  } catch (thrown) {
    if (thrown instanceof CommanderError) return await afterParsing(thrown, io);
    const error = asOutOfFiles(thrown) ?? thrown;
    const interrupted = io.signal.aborted && !(error instanceof KinitError && error.exitCode !== exitCodes.interrupted);
    const codes = interrupted ? [] : await (await import('./messages/error-codes.ts')).errorCodes(error);
    io.stderr.write(errorText(error, { verbosity: verbosityOf(argv), interrupted, codes }));
    const own = error instanceof KinitError ? error.exitCode : exitCodes.bug;
    return { code: interrupted ? exitCodes.interrupted : own, failure: errorObject(error, { interrupted, codes }) };
  }
}

/** Commander has told why already. */
async function afterParsing(error: CommanderError, { stderr }: Io): Promise<Ended> {
  if (wasHelp(error)) return { code: exitCodes.done, isHelp: true };
  const { sentenceCodes } = await import('./messages/error-codes.ts');
  const codes = await sentenceCodes([error.message.split('\n')[0] ?? '']);
  stderr.write(moreOf(codes));
  return { code: exitCodes.badInput, failure: { error: error.message.replace(/^error: /, ''), codes } };
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
