import type { Journal } from '../../../execute/journal.ts';
import type { Phase } from '../../../phases/phase.ts';
import { addonsUpgrade } from '../../../phases/upgrade/addons.ts';
import { administratorsSplit } from '../../../phases/upgrade/administrators.ts';
import { bootstrapRights } from '../../../phases/upgrade/bootstrap-rights.ts';
import { kubeletJournal } from '../../../phases/upgrade/journals.ts';
import { kubeletConfigUpgrade } from '../../../phases/upgrade/kubelet-config.ts';
import { localKubelet } from '../../../phases/upgrade/local-kubelet.ts';
import { socketMark, socketScheme } from '../../../phases/upgrade/socket-mark.ts';
import type { UpgradeContext } from '../../../phases/upgrade-context.ts';
import { uploadConfig } from '../../../phases/upload-config.ts';

/** Phases that are decided together, and the journal of what they change on the host, where that is brought back. */
export interface UpgradeStage {
  readonly stage: readonly Phase<UpgradeContext>[];
  readonly journal?: Journal;
}

/** What follows the static pods of the first control plane, in kubeadm's order (cmd/upgrade/apply.go, v1.36.3). */
export function clusterStages(context: UpgradeContext): readonly UpgradeStage[] {
  return [
    { stage: [administratorsSplit] },
    { stage: [uploadConfig, socketMark, localKubelet(context)] },
    { stage: [socketScheme] },
    { stage: [kubeletConfigUpgrade], journal: kubeletJournal },
    { stage: [bootstrapRights, addonsUpgrade] },
  ];
}

/** What follows on every other node (cmd/upgrade/node.go): a worker's kubelet alone. */
export function nodeStages(context: UpgradeContext): readonly UpgradeStage[] {
  const kubelet: UpgradeStage = { stage: [kubeletConfigUpgrade], journal: kubeletJournal };
  const named: UpgradeStage = { stage: [socketScheme] };
  if (!context.isControlPlane) return [named, kubelet];
  return [{ stage: [localKubelet(context)] }, named, kubelet, { stage: [addonsUpgrade] }];
}

/** Every phase of kinit's for the commands, for whoever selects among them. */
export const upgradePhases = [
  { name: 'preflight' },
  { name: 'control-plane' },
  { name: 'upload-config', steps: ['kubeadm', 'kubelet'] },
  { name: 'kubeconfig' },
  { name: 'kubelet-config' },
  { name: 'bootstrap-token' },
  { name: 'addon', steps: ['coredns', 'kube-proxy'] },
  { name: 'post-upgrade' },
] as const;
