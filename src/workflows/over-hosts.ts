import { defined } from '../defined.ts';
import { exitCodes, KinitError } from '../errors.ts';
import type { Decided } from '../execute/decided.ts';
import { doneBefore } from '../execute/done.ts';
import { throwIfInterrupted } from '../execute/interrupted.ts';
import { type Run, warner } from '../execute/run.ts';
import type { Host } from '../host/host.ts';
import { slots } from '../host/slots.ts';
import { type AtEnd, withEnd } from './at-end.ts';

/** A machine that a stage goes over, or one that is still being dialled. */
export interface Place {
  /** As reports name it until it is there. */
  readonly name: string;
  readonly opening: Host | Promise<Host | KinitError>;
}

/** Who goes when, and whom a failure stops. */
export type Order =
  | { readonly goes: 'together'; readonly parallel: number }
  | { readonly goes: 'within a budget'; readonly most: number };

/** Each as soon as it is there, so many at a time; one that fails or hangs neither stops nor slows the others. */
export function together(parallel: number): Order {
  return { goes: 'together', parallel };
}

/** So many out of service at a time. Who fails stays out of it; once nobody more may be, those who have not begun do not begin. */
export function withinBudget(most: number): Order {
  return { goes: 'within a budget', most };
}

/** The first that fails stops those behind it. */
export const oneByOne = withinBudget(1);

/** The same work on many hosts. */
export interface HostStage<P extends Place, Done> {
  readonly places: readonly P[];
  readonly order: Order;
  readonly work: (host: Host, place: P) => Promise<Done>;
  /** What was done, in a few words. */
  readonly says: (done: Done) => string;
  /**
   * Throws KinitError for a host that is kept out before anything of it is touched. Where a stage has this, such a host, or
   * one that is not reached, is left out, which stops nobody; else it has failed.
   */
  readonly admits?: (host: Host, place: P) => Promise<void>;
  /** Of those who wait within a budget, whose turn had better be next; without one the first. */
  readonly next?: (waiting: readonly P[]) => Promise<P | undefined>;
  /** When all hosts are through, whatever became of them. */
  readonly atEnd?: readonly AtEnd[];
}

/** What became of one host of a stage: `left out` and `held back` (a failure of others stopped it) were not touched. */
export type HostEnd<P extends Place, Done> = {
  readonly place: P;
  readonly host: string;
  /** Milliseconds. */
  readonly ms: number;
} & (
  | { readonly how: 'done'; readonly done: Done; readonly error: undefined }
  | {
      readonly how: 'failed' | 'left out' | 'held back';
      readonly error: KinitError;
      /** What was done before it failed. */
      readonly before: readonly Decided[];
    }
);

/**
 * Does a stage's work on its hosts in its order, and at last what it always does. Returns what became of each, in the order
 * of the places; never throws for a host. Who has not begun when the user presses Ctrl-C does not begin.
 */
export async function overHosts<P extends Place, Done>(
  stage: HostStage<P, Done>,
  run: Run,
): Promise<readonly HostEnd<P, Done>[]> {
  const { places, order, atEnd = [] } = stage;
  return withEnd(atEnd, warner(run), async () => {
    if (order.goes === 'within a budget') return withinTheBudget(stage, order.most, run);
    const turn = slots(order.parallel);
    return Promise.all(places.map((place) => oneHost(place, stage, run, turn)));
  });
}

async function withinTheBudget<P extends Place, Done>(
  stage: HostStage<P, Done>,
  most: number,
  run: Run,
): Promise<readonly HostEnd<P, Done>[]> {
  const ends = new Map<P, HostEnd<P, Done>>();
  const waiting = [...stage.places];
  let failed: HostEnd<P, Done> | undefined;
  /** Somebody else may have taken whom it chose, meanwhile. */
  const taken = async () => {
    const better = waiting.length > 1 ? await stage.next?.([...waiting]) : undefined;
    const at = better === undefined ? 0 : Math.max(0, waiting.indexOf(better));
    return waiting.splice(at, 1)[0];
  };
  const place = async () => {
    for (let next = await taken(); next !== undefined; next = await taken()) {
      const end = await oneHost(next, stage, run);
      ends.set(next, end);
      if (end.how !== 'failed') continue;
      failed ??= end;
      return;
    }
  };
  await Promise.all(Array.from({ length: most }, place));
  return stage.places.map((next) => ends.get(next) ?? heldBack<P, Done>(next, failed, run));
}

async function oneHost<P extends Place, Done>(
  place: P,
  stage: HostStage<P, Done>,
  { reporter, signal }: Run,
  turn = slots(1),
): Promise<HostEnd<P, Done>> {
  const { name } = place;
  const tell = (host: string, state: 'start' | 'done' | 'failed' | 'skipped', reason?: string) =>
    reporter.report({ type: 'host', host, state, ...defined({ reason }) });
  const notBegun = (host: string, error: KinitError): HostEnd<P, Done> => {
    const isLeftOut = stage.admits !== undefined;
    tell(host, isLeftOut ? 'skipped' : 'failed', error.message);
    return { place, host, ms: 0, how: isLeftOut ? 'left out' : 'failed', error, before: [] };
  };
  const host = await Promise.resolve(place.opening).catch((error: unknown) => asKinitError(error, name));
  if (host instanceof KinitError) return notBegun(host.host ?? name, host);
  try {
    await stage.admits?.(host, place);
  } catch (error) {
    return notBegun(host.name, asKinitError(error, host.name));
  }
  return turn(async () => {
    const started = Date.now();
    const ended = () => ({ place, host: host.name, ms: Date.now() - started });
    try {
      throwIfInterrupted(signal, host.name);
      tell(host.name, 'start');
      const done = await stage.work(host, place);
      tell(host.name, 'done', stage.says(done));
      return { ...ended(), how: 'done', done, error: undefined };
    } catch (failure) {
      const error = asKinitError(failure, host.name);
      tell(host.name, 'failed', error.message);
      return { ...ended(), how: 'failed', error, before: doneBefore(failure) };
    }
  });
}

function heldBack<P extends Place, Done>(
  place: P,
  stopped: HostEnd<Place, unknown> | undefined,
  { reporter }: Run,
): HostEnd<P, Done> {
  const { name: host } = place;
  const why = stopped?.error;
  const error = new KinitError(`not begun, since it stopped before: ${stopped?.host}: ${why?.message}`, {
    host,
    ...(why === undefined ? {} : { exitCode: why.exitCode }),
    hint: why?.hint ?? 'mend that, then run the same command again',
  });
  reporter.report({ type: 'host', host, state: 'skipped', reason: error.message });
  return { place, host, ms: 0, how: 'held back', error, before: [] };
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
