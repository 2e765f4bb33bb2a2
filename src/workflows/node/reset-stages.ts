import type { Phase } from '../../phases/phase.ts';
import { cleanupNetwork } from '../../phases/reset/cleanup-network.ts';
import { cleanupNode } from '../../phases/reset/cleanup-node.ts';
import type { ResetContext } from '../../phases/reset/context.ts';
import { resetPreflight } from '../../phases/reset/preflight.ts';
import { emptyEtcdData, removeEtcdMember } from '../../phases/reset/remove-etcd-member.ts';
import { removePods } from '../../phases/reset/remove-pods.ts';
import { stopKubelet } from '../../phases/reset/stop-kubelet.ts';
import { undoPreparation } from '../../phases/reset/undo-preparation.ts';
import { updateClusterStatus } from '../../phases/reset/update-cluster-status.ts';
import type { Stage } from '../stage.ts';

/** Leaving the cluster, as long as the node still works. */
export const leavingStages: readonly Stage<ResetContext>[] = [
  [resetPreflight],
  [updateClusterStatus, removeEtcdMember],
];

/** Taking away what is on the host; looked at once more when all is done. Files go when nothing uses them any more. */
export const removingStages: readonly Stage<ResetContext>[] = [
  [stopKubelet],
  [removePods],
  [cleanupNetwork],
  [emptyEtcdData, cleanupNode],
  [undoPreparation],
];

/** Every phase of `kinit reset`. */
export const resetPhases: readonly Phase<ResetContext>[] = [...leavingStages, ...removingStages].flat();
