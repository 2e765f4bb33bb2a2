import { setTimeout as sleep } from 'node:timers/promises';
import { isTransient } from './failure.ts';

export interface Patience {
  /** Milliseconds for which failures that may pass are tried again; 0 for never. */
  readonly retryForMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** What an attempt came to: its value, or that it is worth another one, perhaps not before some time has passed. */
export type Attempt<T> = { readonly value: T } | { readonly retry: unknown; readonly afterMs?: number };

/**
 * The value of the first attempt that has one. Pauses grow from 50 ms to 1 s. When the time is over, throws what the last
 * attempt gave as its reason; other errors at once.
 */
export async function withPatience<T>(
  { retryForMs, signal }: Patience,
  attempt: () => Promise<Attempt<T>>,
): Promise<T> {
  const end = Date.now() + retryForMs;
  for (let pause = 50; ; pause = Math.min(pause * 2, 1000)) {
    const result = await attempt().catch((error: unknown): Attempt<T> => {
      if (signal?.aborted || !isTransient(error)) throw error;
      return { retry: error };
    });
    if ('value' in result) return result.value;
    const wait = result.afterMs ?? pause;
    if (Date.now() + wait > end) throw result.retry;
    await sleep(wait, undefined, signal ? { signal } : {});
  }
}
