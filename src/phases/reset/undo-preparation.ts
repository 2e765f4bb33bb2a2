import type { Change } from '../../execute/change.ts';
import { packageRecord } from '../../execute/perform-packages.ts';
import { undoRecord } from '../../execute/undo-record.ts';
import type { Phase } from '../phase.ts';
import { undoChanges, undoReads } from '../prepare/undo.ts';
import type { ResetContext } from './context.ts';

/** What preparing the host changed is as it was before. */
export const undoPreparation: Phase<ResetContext> = {
  name: 'undo-preparation',
  title: 'Preparation undone',
  reads: ({ resident }) => undoReads(resident.prepared),
  desired: ({ resident }, observed): readonly Change[] => {
    const isThere = (path: string) => observed.files.get(path)?.type === 'file';
    if (isThere(undoRecord) && resident.prepared.length === 0) {
      const text = `${undoRecord} cannot be read, so what preparation changed stays; undo it by hand and remove the file`;
      return [{ kind: 'note', warning: true, text }];
    }
    return isThere(undoRecord) || isThere(packageRecord) ? undoChanges(resident.prepared, observed) : [];
  },
};
