import type { Change } from '../../execute/change.ts';
import type { Phase } from '../phase.ts';
import type { ResetContext } from './context.ts';
import { isOwnUnit, ownUnitFiles } from './own-unit.ts';

/** What has to be seen before the kubelet is stopped. */
export const kubeletReads = { files: ownUnitFiles, services: ['kubelet'] } as const;

/** The first part of cleanup-node: from here on nobody makes a pod or mounts a volume on the node. */
export const stopKubelet: Phase<ResetContext> = {
  name: 'cleanup-node',
  title: 'Kubelet',
  reads: () => kubeletReads,
  desired: (_, observed): readonly Change[] => [
    {
      kind: 'service',
      name: 'kubelet',
      state: 'stopped',
      optional: true,
      ...(isOwnUnit(observed) ? { enabled: false } : {}),
      says: '[reset] Stopping the kubelet service',
    },
  ],
};
