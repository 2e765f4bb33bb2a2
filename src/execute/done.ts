import type { Decided } from './decided.ts';

/** Error -> what was done before it. */
const before = new WeakMap<object, readonly Decided[]>();

/** What was done before work failed, as far as it is known. */
export function doneBefore(error: unknown): readonly Decided[] {
  return (isObject(error) ? before.get(error) : undefined) ?? [];
}

/** Adds what the work has changed. Where it fails, its error knows of all that was done until then. */
export async function adding(done: Decided[], work: Promise<readonly Decided[]>): Promise<void> {
  try {
    done.push(...(await work));
  } catch (error) {
    throw knowing(error, [...done, ...doneBefore(error)]);
  }
}

/**
 * Adds what several works have changed that go on beside each other, when all have ended. Where some fail, the first one's error
 * knows of all that was done.
 */
export async function addingAll(done: Decided[], works: readonly Promise<readonly Decided[]>[]): Promise<void> {
  const ends = await Promise.allSettled(works);
  const failed = ends.filter((end) => end.status === 'rejected');
  for (const end of ends) done.push(...(end.status === 'fulfilled' ? end.value : doneBefore(end.reason)));
  const [first] = failed;
  if (first !== undefined) throw knowing(first.reason, done);
}

/** The error, which knows from now on what was done before it. */
export function knowing(error: unknown, done: readonly Decided[]): unknown {
  if (isObject(error)) before.set(error, done);
  return error;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
