/** What is looked at again and again. */
export interface Watched<Found> {
  readonly look: () => Promise<Found>;
  readonly show: (found: Found) => void;
  /** Ends early where the watch is over. */
  readonly pause: () => Promise<void>;
  readonly signal: AbortSignal;
  /** Whether nobody sees any more what is shown. */
  readonly isForNobody?: (() => boolean) | undefined;
}

/** Looks and shows until the signal, which no look holds up, or until nobody sees it. Throws what a look throws. */
export async function watched<Found>({ look, show, pause, signal, isForNobody }: Watched<Found>): Promise<void> {
  const over = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  while (!signal.aborted) {
    const looking = look();
    // Nobody hears any more of one that the end overtakes.
    looking.catch(() => {});
    const found = await Promise.race([looking, over]);
    if (signal.aborted || found === undefined) return;
    show(found);
    await pause();
    if (isForNobody?.()) return;
  }
}
