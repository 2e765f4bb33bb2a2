/** What ends a run early: SIGKILL of kinit, or a power cut of the host that it works on. */
export type Ending = 'SIGKILL' | 'power cut';

export interface Point {
  readonly ending: Ending;
  /** What the part is of: of the time that an undisturbed run takes, or of the events that it tells of. */
  readonly of: 'time' | 'events';
  /** Between 0 and 1. */
  readonly part: number;
}

/** How long an undisturbed run is. */
export interface Length {
  readonly ms: number;
  /** 0 where the command tells of none. */
  readonly events: number;
}

const kinds: readonly Omit<Point, 'part'>[] = [
  { ending: 'SIGKILL', of: 'time' },
  { ending: 'power cut', of: 'time' },
  { ending: 'SIGKILL', of: 'events' },
  { ending: 'power cut', of: 'events' },
];

/**
 * `count` points spread evenly over a run, each kind of ending over time and over events in turn; not from its beginning
 * to its end, but so that the first few are all over it too.
 */
export function spread(count: number): readonly Point[] {
  const stride = strideOf(count);
  return Array.from({ length: count }, (_, index) => ({
    ...(kinds[index % kinds.length] as Omit<Point, 'part'>),
    part: (((index * stride) % count) + 0.5) / count,
  }));
}

/** About the golden section of the count, and without a divisor in common with it: every place comes once. */
function strideOf(count: number): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  let stride = Math.max(1, Math.round(count * 0.618));
  while (divisor(count, stride) !== 1) stride -= 1;
  return stride;
}

/** `total` points dealt out to the names, the first ones getting what is left over. */
export function deal<Name extends string>(total: number, names: readonly Name[]): ReadonlyMap<Name, readonly Point[]> {
  const each = Math.floor(total / names.length);
  return new Map(names.map((name, index) => [name, spread(each + (index < total % names.length ? 1 : 0))]));
}

/** `SIGKILL at 0.25 of its time`. */
export const describePoint = ({ ending, of, part }: Point): string => `${ending} at ${part.toFixed(3)} of its ${of}`;
