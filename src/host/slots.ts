/** Runs work when one of a number of places is free, first come first served. */
export type Slots = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** At most `most` at once, however many hosts are connected. */
export function slots(most: number): Slots {
  let free = most;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}
