import type { Change } from '../../execute/change.ts';
import type { Observed } from '../../execute/observed.ts';
import { kubeletDirectory } from '../paths.ts';
import type { Phase } from '../phase.ts';
import type { ResetContext } from './context.ts';
import { kubeletDirectoryQuestion, mountsFile, podMounts, unmountOptions } from './mounts.ts';
import { isOwnUnit, ownUnitFiles } from './own-unit.ts';
import { podQuestions, podRemoval } from './pod-containers.ts';

/** The first half of cleanup-node: nothing of the node runs any more, and nothing is mounted for pods. */
export const stopNode: Phase<ResetContext> = {
  name: 'cleanup-node',
  title: 'Kubelet and pods',
  reads: (context) => ({
    files: [...ownUnitFiles, mountsFile],
    services: ['kubelet', podSlice],
    commands: [kubeletDirectoryQuestion, ...podQuestions(context)],
  }),
  desired: (context, observed): readonly Change[] => [
    {
      kind: 'service',
      name: 'kubelet',
      state: 'stopped',
      optional: true,
      ...(isOwnUnit(observed) ? { enabled: false } : {}),
      says: '[reset] Stopping the kubelet service',
    },
    ...podRemoval(context, observed),
    { kind: 'service', name: podSlice, state: 'stopped', optional: true },
    ...unmounting(context, observed),
  ],
};

/** The kubelet's, above every pod; stopping it ends whatever process of a pod is still there. */
const podSlice = 'kubepods.slice';

function unmounting({ config }: ResetContext, observed: Observed): readonly Change[] {
  const mounts = podMounts(observed);
  if (mounts.length === 0) return [];
  const unknown: Change = { kind: 'note', warning: true, text: '[reset] umount(8) has no option for MNT_EXPIRE' };
  return [
    ...(config.unmountFlags.includes('MNT_EXPIRE') ? [unknown] : []),
    {
      kind: 'command',
      argv: ['umount', ...unmountOptions(config.unmountFlags), '--', ...mounts],
      optional: true,
      removes: mounts.map((path) => `mount ${path}`),
      says: `[reset] Unmounting mounted directories in "${kubeletDirectory}"`,
    },
  ];
}
