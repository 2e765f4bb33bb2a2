import type { Change } from '../../execute/change.ts';
import { journalFolder, packageRecord, undoRecord } from '../../execute/record-paths.ts';
import type { Phase } from '../phase.ts';
import { preparationReads, undoChanges } from '../prepare/undo.ts';
import type { ResetContext } from './context.ts';
import { podQuestions, podsLeft } from './pod-containers.ts';

/** What preparing the host changed is as it was before. */
export const undoPreparation: Phase<ResetContext> = {
  name: 'undo-preparation',
  title: 'Preparation undone',
  reads: (context) => ({
    ...preparationReads(context.resident.prepared),
    // Their removal is a phase before, which a rehearsal only tells of.
    running: { commands: podQuestions(context) },
  }),
  desired: (context, observed): readonly Change[] => {
    const { resident } = context;
    const isThere = (path: string) => observed.files.get(path)?.type === 'file';
    const hasCopies = observed.paths.get(journalFolder)?.type === 'directory';
    if (!isThere(undoRecord) && !isThere(packageRecord) && !hasCopies) return [];
    if (isThere(undoRecord) && resident.prepared.length === 0) {
      return [
        warning(`${undoRecord} cannot be read, so what preparation changed stays; undo it by hand and remove the file`),
      ];
    }
    const pods = podsLeft(context, observed);
    // Without their runtime nobody could end them any more, and what they hold would stay for ever.
    if (pods > 0) {
      return [
        warning(
          `the runtime still has ${pods} pods, so it stays, and the rest of the preparation with it; see what holds them, then run reset again`,
        ),
      ];
    }
    return undoChanges(resident.prepared, observed);
  },
};

function warning(text: string): Change {
  return { kind: 'note', warning: true, text };
}
