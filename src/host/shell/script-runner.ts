import { exitCodes, KinitError } from '../../errors.ts';
import type { ExecResult, Transport } from '../transport.ts';
import { noShell } from './login-shell.ts';
import { interruptScript } from './prelude.ts';
import { parseRecords, type Record } from './records.ts';
import { passwordLeft, scriptInput, scriptLine } from './script-line.ts';
import type { Elevation } from './sudo.ts';

/** One script and what bounds it. */
export interface ScriptCall {
  readonly id: string;
  readonly script: string;
  /** What the script reads after itself. */
  readonly input?: () => Iterable<Buffer>;
  readonly seconds: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs scripts of a POSIX shell on a host and returns their records. `seconds` bound one on the host, and a little later
 * here in case the host hangs. Throws KinitError where it does not finish or is interrupted.
 */
export function scriptRunner(
  transport: Transport,
  { name, elevation }: { readonly name: string; readonly elevation: Elevation },
): (call: ScriptCall) => Promise<readonly Record[]> {
  /** Ends what the call of this id runs on the host; closing its channel would not. */
  async function end(id: string): Promise<void> {
    const script = Buffer.from(interruptScript(id));
    await transport
      .exec(scriptLine(elevation, '10', script.length), {
        input: scriptInput(elevation, script),
        signal: AbortSignal.timeout(10_000),
      })
      .catch(() => undefined);
  }

  return async ({ id, script, input, seconds, signal }) => {
    if (signal?.aborted) throw interrupted(name);
    const size = Buffer.byteLength(script);
    const limit = Math.ceil(seconds + size / slowestUpload);
    function* stdin(): Generator<Buffer> {
      yield* scriptInput(elevation, Buffer.from(script));
      if (input) yield* input();
    }
    const hung = new AbortController();
    const timer = setTimeout(() => hung.abort(), (limit + 15) * 1000);
    const interrupt = (): void => {
      setTimeout(() => hung.abort(), 10_000).unref();
      void end(id);
    };
    signal?.addEventListener('abort', interrupt, { once: true });
    try {
      const result = await transport.exec(scriptLine(elevation, `-k 5 ${limit}`, size), {
        input: stdin(),
        signal: hung.signal,
      });
      if (signal?.aborted) throw interrupted(name);
      return parseRecords(result.stdout, id) ?? incomplete(result, limit, name);
    } catch (error) {
      if (signal?.aborted) throw interrupted(name);
      if (hung.signal.aborted) throw new KinitError(`no answer within ${limit + 15} s`, { host: name, cause: error });
      throw error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', interrupt);
    }
  };
}

/** Bytes a second below which an upload counts as hanging. */
const slowestUpload = 64 * 1024;

function incomplete(result: ExecResult, limit: number, host: string): never {
  const { code, stderr } = result;
  const said = stderr.toString('utf8').trim();
  if (code === 124 || code === 137) throw unfinished(`ended after ${limit} s`, host);
  if (code === passwordLeft && said === '') throw unfinished('sudo did not read the password this time', host);
  throw noShell(result, host) ?? unfinished(said || `exit code ${code}`, host);
}

function unfinished(reason: string, host: string): KinitError {
  return new KinitError(`the host's shell did not finish its script: ${reason}`, { host });
}

function interrupted(host: string): KinitError {
  return new KinitError('interrupted', { host, exitCode: exitCodes.interrupted });
}
