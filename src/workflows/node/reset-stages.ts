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

/** Nothing makes a pod any more. */
export const stopping: Stage<ResetContext> = [stopKubelet];
/** Nothing uses the files any more. */
export const emptying: Stage<ResetContext> = [removePods];
/** What pods and the kubelet have left, found on one look when they are gone. */
export const cleaning: readonly Stage<ResetContext>[] = [[cleanupNetwork], [emptyEtcdData, cleanupNode]];
export const undoing: Stage<ResetContext> = [undoPreparation];

/** Taking away what is on the host; looked at once more when all is done. */
export const removing: Stage<ResetContext> = [stopping, emptying, ...cleaning, undoing].flat();

/** Every phase of `kinit reset`. */
export const resetPhases: readonly Phase<ResetContext>[] = [...leavingStages.flat(), ...removing];
