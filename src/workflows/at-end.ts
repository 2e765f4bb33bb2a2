/** What is to be done when work is over: a token revoked, a file with credentials removed. */
export interface AtEnd {
  readonly does: () => Promise<unknown>;
  /** After a failure alone: what goes well does it itself. */
  readonly afterFailure?: boolean;
  /** What its own failure is told as: `the token of this run could not be revoked`. */
  readonly failed: string;
  /** What follows from that: `it expires within 30 minutes`. */
  readonly leaves: string;
}

/**
 * Does the work and then, whatever became of it (a Ctrl-C too), all that is to be done at the end, each whatever becomes of
 * the others: where one fails, that is a warning. Returns what the work returns, throws what the work throws.
 */
export async function withEnd<Result>(
  ends: readonly AtEnd[],
  warn: (text: string) => void,
  work: () => Promise<Result>,
): Promise<Result> {
  let isDone = false;
  try {
    const result = await work();
    isDone = true;
    return result;
  } finally {
    const due = ends.filter(({ afterFailure }) => !(isDone && afterFailure));
    await Promise.all(due.map((end) => atEnd(end, warn)));
  }
}

/** Never throws. */
export async function atEnd({ does, failed, leaves }: AtEnd, warn: (text: string) => void): Promise<void> {
  try {
    await does();
  } catch (error) {
    warn(`${failed}: ${error instanceof Error ? error.message : String(error)}; ${leaves}`);
  }
}
