import { setTimeout as sleep } from 'node:timers/promises';
import { isTransient } from './failure.ts';

export interface Patience {
  /** Milliseconds for which failures that may pass are tried again; 0 for never. */
  readonly retryForMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** What an attempt came to: its value, one that may be better in a moment (`again`), or the reason for another attempt. */
export type Attempt<T> =
  | { readonly value: T; readonly again?: boolean; readonly afterMs?: number | undefined }
  | { readonly retry: unknown };

/**
 * The value of the first attempt that has a final one. Pauses grow from 50 ms to 1 s. When the time is over, gives the last
 * attempt's value, or throws its reason; failures that do not pass are thrown at once, and the signal's reason when it aborts.
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
    const isValue = 'value' in result;
    if (isValue && !result.again) return result.value;
    const wait = (isValue ? result.afterMs : undefined) ?? pause;
    if (Date.now() + wait > end) {
      if (isValue) return result.value;
      throw result.retry;
    }
    await sleep(wait, undefined, signal ? { signal } : {}).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw error;
    });
  }
}
