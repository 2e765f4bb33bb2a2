import { exitCodes, KinitError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import type { Reporter } from '../report/reporter.ts';

/** What became of one host of many. */
export interface HostResult {
  readonly host: string;
  readonly result: 'done' | 'failed';
  /** What was done, in a few words. */
  readonly text: string;
  readonly error: KinitError | undefined;
}

export interface ManyHosts {
  /** How many at a time. */
  readonly parallel: number;
  readonly reporter: Reporter;
}

/**
 * Does the same on many hosts, each on its own: one that fails or hangs neither stops nor slows the others. The work says
 * in a few words what it has done. Never throws for a host; its result tells.
 */
export async function onEveryHost(
  hosts: readonly Host[],
  { parallel, reporter }: ManyHosts,
  work: (host: Host) => Promise<string>,
): Promise<readonly HostResult[]> {
  return inParallel(hosts, parallel, async (host) => {
    reporter.report({ type: 'host', host: host.name, state: 'start' });
    try {
      const text = await work(host);
      reporter.report({ type: 'host', host: host.name, state: 'done', reason: text });
      return { host: host.name, result: 'done', text, error: undefined };
    } catch (error) {
      const failure = asKinitError(error, host.name);
      reporter.report({ type: 'host', host: host.name, state: 'failed', reason: failure.message });
      return unreached(failure);
    }
  });
}

/** The result of a host that could not even be reached. */
export function unreached(error: KinitError): HostResult {
  return { host: error.host ?? 'unknown', result: 'failed', text: '', error };
}

/** A queue: `parallel` workers, results in the order of the items. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  parallel: number,
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const queue = items.map((item, index) => ({ item, index }));
  const results: Result[] = [];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift())
      results[next.index] = await work(next.item);
  };
  await Promise.all(Array.from({ length: Math.min(parallel, items.length) }, worker));
  return results;
}

/** A failure of one host must not end the others; a bug of ours is told as such beside its host. */
export function asKinitError(error: unknown, host: string): KinitError {
  if (error instanceof KinitError) return error;
  if (error instanceof Error && error.name === 'AbortError')
    return new KinitError('interrupted', { host, exitCode: exitCodes.interrupted, cause: error });
  return new KinitError(`a bug in kinit: ${error instanceof Error ? error.message : String(error)}`, {
    host,
    exitCode: exitCodes.bug,
    cause: error,
  });
}

/** The exit code for what became of many hosts: all, some or none of them; or that the user stopped it. */
export function exitCodeOf(
  results: readonly { readonly result: string; readonly error: KinitError | undefined }[],
): number {
  const failed = results.filter(({ result }) => result === 'failed');
  if (failed.length === 0) return exitCodes.done;
  if (failed.some(({ error }) => error?.exitCode === exitCodes.interrupted)) return exitCodes.interrupted;
  if (failed.length < results.length) return exitCodes.someHostsFailed;
  const codes = new Set(failed.map(({ error }) => error?.exitCode ?? exitCodes.phaseFailed));
  return codes.size === 1 ? ([...codes][0] ?? exitCodes.phaseFailed) : exitCodes.phaseFailed;
}
