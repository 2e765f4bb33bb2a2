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
