import type { Decided } from './decided.ts';
import { difference } from './difference.ts';
import { perform } from './executor.ts';
import { ended, entriesOf, type Journal, journalReads, undone, undoReads } from './journal.ts';
import { observe } from './observe.ts';
import type { Target } from './target.ts';

/**
 * Undoes from its journal what a stage that has failed did, in earlier runs too, and tells. Returns whether all is as it
 * was before; where it is not, the journal stays, and the next run goes on from it. Throws nothing.
 */
export async function bringBack(journal: Journal, target: Target): Promise<boolean> {
  const { host, kube, reporter } = target;
  const phase = `undo-${journal.name}`;
  const tell = (type: 'line' | 'warning', text: string) => reporter.report({ type, host: host.name, phase, text });
  try {
    const entries = entriesOf(journal, await observe(host, kube, journalReads(journal), target));
    if (entries.length === 0) return false;
    const observed = await observe(host, kube, undoReads(entries), target);
    const { things, folders, services } = undone(entries, observed, phase);
    const changes = difference([...things, ...folders, ...services, ...ended(journal)], observed, target.now);
    await perform(
      changes.map((change): Decided => ({ phase, change })),
      target,
    );
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    tell('warning', `what was changed could not all be brought back; run the same command again to go on: ${why}`);
    return false;
  }
  tell('line', `[${phase}] What was changed is as it was before`);
  return true;
}
