import type { Change } from '../../execute/change.ts';
import type { Phase } from '../phase.ts';
import type { ResetContext } from './context.ts';

/** Where preparation records what it changes in files that are not kinit's. */
export const undoRecord = '/var/lib/kinit/undo.json';

/** What preparing the host changed is as it was before. */
export const undoPreparation: Phase<ResetContext> = {
  name: 'undo-preparation',
  title: 'Preparation undone',
  reads: () => ({ files: [undoRecord] }),
  desired: (_, { files }): readonly Change[] => {
    const record = files.get(undoRecord)?.content?.toString('utf8');
    return record === undefined ? [] : undoing(record);
  },
};

/** The record's entries turned back; nothing writes any yet. */
function undoing(_record: string): readonly Change[] {
  return [];
}
