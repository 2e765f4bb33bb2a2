import { defined } from '../../defined.ts';
import { KinitError } from '../../errors.ts';
import { newCallId } from '../call-id.ts';
import type { CommandResult, FileWrite, Host, Operation, OperationResult, RunOptions, Seen, Wanted } from '../host.ts';
import { ConnectionLost, type Transport } from '../transport.ts';
import { commandDeadline, observeScript, parseSeen } from './observe-script.ts';
import { deadlineOf, operationInput, operationScript } from './operation-script.ts';
import { quoteAll } from './quote.ts';
import { parseAnswer, type ScriptAnswer } from './records.ts';
import { scriptRunner } from './script-runner.ts';
import { callerRights, type Elevation } from './sudo.ts';

export interface ShellHostSettings {
  readonly name: string;
  readonly local: boolean;
  /** How commands become root; the caller's own rights when left out. */
  readonly elevation?: Elevation;
}

/** A host behind any transport: every call is one script of a POSIX shell that travels on standard input, not in argv. */
export function shellHost(transport: Transport, settings: ShellHostSettings): Host {
  const { name, local, elevation = callerRights } = settings;
  const answers = scriptRunner(transport, { name, elevation });

  async function observe(wanted: Wanted): Promise<Seen> {
    if (asksNothing(wanted)) return parseSeen(wanted, []);
    const facts = wanted.facts ? await import('../facts/facts-script.ts') : undefined;
    const id = await newCallId();
    const script = observeScript(id, wanted, facts?.factsScript() ?? '');
    const seconds = 60 + (wanted.commands?.length ?? 0) * commandDeadline;
    const records = await answers({ id, script, seconds }).catch((error: unknown) => {
      if (error instanceof ConnectionLost) return answers({ id, script, seconds });
      throw error;
    });
    const { factsText, ...seen } = onHost(name, () => parseSeen(wanted, records));
    if (factsText === undefined) return seen;
    const { parseFacts } = await import('../facts/parse-facts.ts');
    return { ...seen, facts: parseFacts(factsText) };
  }

  async function perform(
    operations: readonly Operation[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<readonly (OperationResult & ScriptAnswer)[]> {
    if (operations.length === 0) return [];
    const id = await newCallId();
    const seconds = operations.reduce((sum, operation) => sum + deadlineOf(operation) + 1, 60);
    const input = (): Iterable<Buffer> => operationInput(operations);
    const records = await answers({ id, script: operationScript(id, operations), input, seconds, signal });
    return records.map((record) => explained({ index: record.index, ...parseAnswer(record) }, operations));
  }

  async function run(argv: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
    const { stdin, deadline, signal } = options;
    const operation: Operation = {
      op: 'run',
      argv,
      ...defined({ stdin, deadline }),
    };
    const [result] = await perform([operation], defined({ signal }));
    if (result === undefined) throw new KinitError(`${argv[0]} was not run`, { host: name });
    if (result.expired) {
      throw new KinitError(`${quoteAll(argv)} was ended after ${deadlineOf(operation)} s`, { host: name });
    }
    return { code: result.code, stdout: result.stdout, stderr: result.stderr };
  }

  async function write(files: readonly FileWrite[]): Promise<void> {
    const results = await perform(files.map((file) => ({ op: 'write', file })));
    const failed = results.find(({ code }) => code !== 0);
    if (!failed) return;
    throw new KinitError(`cannot write ${files[failed.index]?.path}: ${failed.stderr.trim()}`, { host: name });
  }

  async function read(paths: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
    const { files } = await observe({ files: paths });
    const found = new Map<string, Buffer>();
    for (const [path, { type, content }] of files) {
      if (type === 'absent') continue;
      if (content === undefined)
        throw new KinitError(`cannot read ${path}: ${type === 'file' ? 'permission denied' : `it is a ${type}`}`, {
          host: name,
        });
      found.set(path, content);
    }
    return found;
  }

  return {
    name,
    local,
    observe,
    perform,
    run,
    write,
    read,
    connect: (target) => transport.connect(target),
    close: () => transport.close(),
  };
}

/** What the work returns; an error that it throws names the host. */
function onHost<Result>(host: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof KinitError)) throw error;
    throw new KinitError(error.message, { host, cause: error });
  }
}

/** Whether the question costs no round trip. */
export function asksNothing({ facts, files = [], paths = [], services = [], commands = [] }: Wanted): boolean {
  return !facts && [files, paths, services, commands].every((one) => one.length === 0);
}

/** A command that was ended says so itself, whoever reports its words. */
function explained(
  result: OperationResult & ScriptAnswer,
  operations: readonly Operation[],
): OperationResult & ScriptAnswer {
  const operation = operations[result.index];
  if (!result.expired || operation === undefined) return result;
  return { ...result, stderr: `${result.stderr}ended at its deadline of ${deadlineOf(operation)} s\n` };
}
