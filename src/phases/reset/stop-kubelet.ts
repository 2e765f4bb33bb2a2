import type { Change } from '../../execute/change.ts';
import type { Phase } from '../phase.ts';
import type { ResetContext } from './context.ts';
import { isOwnUnit, ownUnitFiles } from './own-unit.ts';

/** The first part of cleanup-node: from here on nobody makes a pod or mounts a volume on the node. */
export const stopKubelet: Phase<ResetContext> = {
  name: 'cleanup-node',
  title: 'Kubelet',
  reads: () => ({ files: ownUnitFiles, services: ['kubelet'] }),
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
