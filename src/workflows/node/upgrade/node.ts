import type { Decided } from '../../../execute/decided.ts';
import type { Target } from '../../../execute/target.ts';
import { upgradeStaticPods } from './static-pods.ts';
import { beginUpgrade, type UpgradedNode, type UpgradeInput } from './upgrade.ts';

/**
 * `upgrade node`: brings a further control plane, or the files of a worker's kubelet, to what the cluster runs by now; the
 * target's release is that of kubeadm-config. Throws KinitError.
 */
export async function upgradeNode(target: Target, input: UpgradeInput): Promise<UpgradedNode> {
  const begun = await beginUpgrade(target, input);
  const { context, living } = begun;
  const changed: Decided[] = living.isControlPlane ? [...(await upgradeStaticPods(context, begun.target))] : [];
  const { nodeName: node, isControlPlane } = living;
  return { node, isControlPlane, from: context.from, to: context.release.version, changed };
}
