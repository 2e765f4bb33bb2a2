import type { Change } from '../../execute/change.ts';
import { remainsOf } from '../../execute/journal.ts';
import type { Observed } from '../../execute/observed.ts';
import { kubeletConfigFile, kubeletDirectory } from '../../release/paths.ts';
import type { Phase } from '../phase.ts';
import { kubeletJournal } from '../upgrade/journals.ts';
import { kubeletFiles, type WayBack } from './record.ts';

export interface KubeletBackContext {
  readonly record: WayBack;
}

/** The files of a kubelet as they were before the hop; its package is the one of before by then. */
export const kubeletFilesBack: Phase<KubeletBackContext> = {
  name: 'rollback',
  title: "The kubelet's files",
  reads: ({ record }) => {
    const kept = ofKubelet(record);
    return {
      files: kept.flatMap(({ path, at }) => (at === null ? [path] : [path, at])),
      paths: [kubeletDirectory, ...remainsOf(kubeletJournal)],
    };
  },
  desired: ({ record }, observed): readonly Change[] => [
    ...ofKubelet(record).flatMap((file) => filed(file, observed)),
    // A run of the upgrade that was killed half-way has nothing to go on from any more.
    ...remainsOf(kubeletJournal).map((path): Change => ({ kind: 'absent', path })),
  ],
};

/** None where its configuration was not seen when they were kept: a kubelet does without no other. */
function ofKubelet({ files }: WayBack): WayBack['files'] {
  const kept = files.filter(({ path }) => kubeletFiles.includes(path));
  return kept.some(({ path, at }) => path === kubeletConfigFile && at !== null) ? kept : [];
}

function filed({ path, at }: WayBack['files'][number], { files }: Observed): readonly Change[] {
  if (at === null) return [{ kind: 'absent', path }];
  const [there, kept] = [path, at].map((one) => files.get(one)?.content);
  if (kept !== undefined && there !== undefined && kept.equals(there)) return [];
  return [{ kind: 'copy', from: at, to: path, says: `[rollback] Restoring ${path}` }];
}
