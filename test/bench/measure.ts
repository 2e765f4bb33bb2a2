import { loadavg } from 'node:os';

/** What both sides took, in milliseconds, turn by turn. */
export interface Turns {
  readonly ours: readonly number[];
  readonly peer: readonly number[];
}

/** A line of the table: kinit beside its peer, measured in the same run. */
export interface Figure extends Turns {
  readonly what: string;
  readonly peerName: string;
  /** What is aimed at; a figure is never a test. */
  readonly goal?: Goal;
}

/** At most so many times the peer's median, or at most so many milliseconds more. */
export type Goal = { readonly ratio: number } | { readonly moreMs: number };

/** One bench: bounded in the number of its rounds and in the time of each. */
export interface Bench {
  readonly name: string;
  readonly title: string;
  readonly run: (say: (line: string) => void) => Promise<readonly Figure[]>;
}

/** Milliseconds that the work took. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** Runs both sides in turn, ours first, so that whatever else the machine does falls on both. */
export async function inTurn(
  rounds: number,
  ours: () => Promise<number>,
  peer: () => Promise<number>,
  say: (line: string) => void = () => undefined,
): Promise<Turns> {
  const turns = { ours: [] as number[], peer: [] as number[] };
  for (let round = 1; round <= rounds; round++) {
    turns.ours.push(await ours());
    turns.peer.push(await peer());
    say(`  round ${round}: ${milliseconds(turns.ours.at(-1))} against ${milliseconds(turns.peer.at(-1))}, ${load()}`);
  }
  return turns;
}

/** The middle one; of an even number, the mean of the middle two. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2;
}

/** How busy the machine is, for the reader of a figure. */
export function load(): string {
  return `load ${loadavg()[0]?.toFixed(1)}`;
}

export function milliseconds(value = Number.NaN): string {
  return value >= 2000 ? `${(value / 1000).toFixed(2)} s` : `${value.toFixed(0)} ms`;
}
