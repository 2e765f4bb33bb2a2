import { exitCodes, type KinitError } from '../errors.ts';
import type { HostEnd, Place } from './over-hosts.ts';

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

/** The outcome of work that says in a few words what it has done. */
export function workOutcome({ host, error, ...end }: HostEnd<Place, string>): WorkOutcome {
  if (end.how === 'done') return { host, result: 'done', text: end.done, error: undefined };
  return { host, result: 'failed', text: '', error };
}

/** The exit code for what became of many hosts: all, some or none of them; or that the user stopped it. */
export function exitCodeOf(results: readonly HostOutcome[]): number {
  const failed = results.filter(({ error }) => error !== undefined);
  if (failed.length === 0) return exitCodes.done;
  if (failed.some(({ error }) => error?.exitCode === exitCodes.interrupted)) return exitCodes.interrupted;
  if (failed.length < results.length) return exitCodes.someHostsFailed;
  const codes = new Set(failed.map(({ error }) => error?.exitCode ?? exitCodes.phaseFailed));
  return codes.size === 1 ? ([...codes][0] ?? exitCodes.phaseFailed) : exitCodes.phaseFailed;
}
