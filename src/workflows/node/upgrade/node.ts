import type { Decided } from '../../../execute/decided.ts';
import { adding } from '../../../execute/done.ts';
import type { Target } from '../../../execute/target.ts';
import { wayBackKept } from '../../../phases/rollback/keep.ts';
import { upgradePreflight, upgradePull } from '../../../phases/upgrade/preflight.ts';
import { isSelected, runStage } from '../../stage.ts';
import { nodeStages } from './cluster-stages.ts';
import { beginKeys, upgradeStaticPods } from './static-pods.ts';
import { beginUpgrade, type UpgradedNode, type UpgradeInput, upgradeSelection } from './upgrade.ts';

/**
 * `upgrade node`: brings a further control plane, or the files of a worker's kubelet, to what the cluster runs by now; the
 * target's release is that of kubeadm-config. Throws KinitError.
 */
export async function upgradeNode(target: Target, input: UpgradeInput): Promise<UpgradedNode> {
  const selection = upgradeSelection('upgradeNode', target.release, input);
  const begun = await beginUpgrade(target, input, false);
  const { context, living } = begun;
  const place = begun.target;
  const changed: Decided[] = [];
  if (living.isControlPlane && isSelected('control-plane', selection)) beginKeys(context, place);
  if (isSelected('preflight', selection)) {
    await adding(changed, runStage([upgradePreflight], context, place));
    await adding(changed, runStage([upgradePull], context, place));
  }
  if (isSelected('control-plane', selection)) {
    const text = living.isControlPlane
      ? `[upgrade] Upgrading your Static Pod-hosted control plane instance to version "${context.release.version.text}"...`
      : '[upgrade] Skipping phase. Not a control plane node.';
    place.reporter.report({ type: 'line', host: place.host.name, phase: 'control-plane', text });
    if (living.isControlPlane) await adding(changed, upgradeStaticPods(context, place));
  }
  if (isSelected('kubelet-config', selection)) await adding(changed, runStage([wayBackKept], context, place));
  for (const { stage, journal } of nodeStages(context)) {
    const how = journal === undefined ? {} : { journal, undoOnFailure: true };
    await adding(changed, runStage(stage, context, place, selection, how));
  }
  const { nodeName: node, isControlPlane } = living;
  return { node, isControlPlane, from: context.from, to: context.release.version, changed };
}
