import { exitCodes, KinitError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import { slots } from '../../host/slots.ts';
import type { Reporter } from '../../report/reporter.ts';

/** What became of one host of many, whatever the command; one that could not be reached has failed. */
export interface HostOutcome<Result extends string = string> {
  readonly host: string;
  readonly result: Result;
  readonly error: KinitError | undefined;
}

export interface WorkOutcome extends HostOutcome<'done' | 'failed'> {
  /** What was done, in a few words. */
  readonly text: string;
}

export interface ManyHosts {
  /** How many at a time. */
  readonly parallel: number;
  readonly reporter: Reporter;
}

/** A machine, or one that is still being dialled. */
export type Opening = Host | Promise<Host | KinitError>;

/**
 * Does the same on many hosts, each as soon as it is there and on its own: one that fails or hangs, while it is dialled or
 * later, neither stops nor slows the others. The work says in a few words what it has done. Never throws for a host; its
 * result tells.
 */
export async function onEveryHost(
  hosts: readonly Opening[],
  { parallel, reporter }: ManyHosts,
  work: (host: Host) => Promise<string>,
): Promise<readonly WorkOutcome[]> {
  const turn = slots(parallel);
  const failed = (failure: KinitError): WorkOutcome => {
    const result = unreached(failure);
    reporter.report({ type: 'host', host: result.host, state: 'failed', reason: failure.message });
    return result;
  };
  const one = async (host: Host): Promise<WorkOutcome> => {
    reporter.report({ type: 'host', host: host.name, state: 'start' });
    try {
      const text = await work(host);
      reporter.report({ type: 'host', host: host.name, state: 'done', reason: text });
      return { host: host.name, result: 'done', text, error: undefined };
    } catch (error) {
      return failed(asKinitError(error, host.name));
    }
  };
  return Promise.all(
    hosts.map(async (opening) => {
      const host = await opening;
      return host instanceof KinitError ? failed(host) : turn(() => one(host));
    }),
  );
}

/** The result of a host that could not even be reached. */
export function unreached(error: KinitError): WorkOutcome {
  return { host: error.host ?? 'unknown', result: 'failed', text: '', error };
}

/** The same of each item, as soon as it is there and at most `parallel` at a time; results in the order of the items. */
export function inParallel<Item, Result>(
  items: readonly (Item | Promise<Item>)[],
  parallel: number,
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const turn = slots(parallel);
  return Promise.all(
    items.map(async (item) => {
      const there = await item;
      return turn(() => work(there));
    }),
  );
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
export function exitCodeOf(results: readonly HostOutcome[]): number {
  const failed = results.filter(({ result }) => result === 'failed');
  if (failed.length === 0) return exitCodes.done;
  if (failed.some(({ error }) => error?.exitCode === exitCodes.interrupted)) return exitCodes.interrupted;
  if (failed.length < results.length) return exitCodes.someHostsFailed;
  const codes = new Set(failed.map(({ error }) => error?.exitCode ?? exitCodes.phaseFailed));
  return codes.size === 1 ? ([...codes][0] ?? exitCodes.phaseFailed) : exitCodes.phaseFailed;
}
