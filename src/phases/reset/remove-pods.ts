import type { Change } from '../../execute/change.ts';
import type { Observed } from '../../execute/observed.ts';
import { kubeletDirectory } from '../../release/paths.ts';
import type { Phase } from '../phase.ts';
import type { ResetContext } from './context.ts';
import { kubeletDirectoryQuestion, mountsFile, podMounts, unmountOptions } from './mounts.ts';
import { podQuestions, podRemoval } from './pod-containers.ts';

/**
 * The second part of cleanup-node: no pod runs any more, and nothing is mounted for one. It looks when the kubelet has
 * stopped, or it would miss what that was just making.
 */
export const removePods: Phase<ResetContext> = {
  name: 'cleanup-node',
  title: 'Pods',
  reads: (context) => ({
    files: [mountsFile],
    services: [podSlice],
    commands: [kubeletDirectoryQuestion, ...podQuestions(context)],
  }),
  desired: (context, observed): readonly Change[] => [
    ...podRemoval(context, observed),
    { kind: 'service', name: podSlice, state: 'stopped', optional: true },
    ...(observed.services.get(podSlice)?.active ? [forgetFailed] : []),
    ...unmounting(context, observed),
  ],
};

/** The kubelet's, above every pod; stopping it ends whatever process of a pod is still there. */
const podSlice = 'kubepods.slice';

/**
 * A scope of a container that ended while it was made keeps every slice above it loaded, though nothing is in them. systemd starts none
 * that it has loaded, and the next kubelet ends each time with `root container [kubepods] doesn't exist`.
 */
const forgetFailed: Change = {
  kind: 'command',
  argv: ['systemctl', 'reset-failed', 'cri-containerd-*.scope', 'crio-*.scope', 'docker-*.scope'],
  optional: true,
};

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
