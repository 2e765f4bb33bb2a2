import type { Decided } from './decided.ts';

/** Tells the changes of a batch in their order, each once it and those before it are done; a note with what follows it. */
export interface Teller {
  done(item: Decided): void;
  /** There is nothing to do for it, and nothing to tell. */
  skip(item: Decided): void;
  /** What is done, whatever before it is not. */
  tellDone(): void;
  /** Everything up to the item, which is done as good as told; all, where none is named. */
  tellUpTo(item?: Decided): void;
}

/** A teller of the batch; `tell` is called at most once for each of it. */
export function tellsInOrder(batch: readonly Decided[], tell: (item: Decided) => void): Teller {
  const done = new Set(batch.filter(isNote));
  const skipped = new Set<Decided>();
  let told = 0;
  const tellTo = (end: number): void => {
    for (; told < end; told++) {
      const item = batch[told];
      if (item !== undefined && done.has(item)) tell(item);
    }
  };
  const tellDone = (end: number) =>
    tellTo(batch.slice(0, end).findLastIndex((item) => done.has(item) && !isNote(item)) + 1);
  return {
    done(item) {
      done.add(item);
      const undone = batch.findIndex((other) => !done.has(other) && !skipped.has(other));
      tellDone(undone < 0 ? batch.length : undone);
    },
    skip(item) {
      skipped.add(item);
    },
    tellDone() {
      tellDone(batch.length);
    },
    tellUpTo(item) {
      if (item !== undefined) done.add(item);
      tellTo(item === undefined ? batch.length : batch.indexOf(item) + 1);
    },
  };
}

function isNote({ change }: Decided): boolean {
  return change.kind === 'note';
}
