import type { UpgradeConfig } from '../../../config/types.ts';
import type { Decided } from '../../../execute/decided.ts';
import type { Target } from '../../../execute/target.ts';
import { upgradeStaticPods } from './static-pods.ts';
import { beginUpgrade, type UpgradedNode, type UpgradeInput } from './upgrade.ts';

/** What `upgrade apply` goes by. */
export interface ApplyInput extends UpgradeInput {
  readonly settings: UpgradeConfig['apply'];
  /** Asks whether to go on, when everything is known and nothing is touched; without it nobody is asked. */
  readonly confirm?: () => Promise<boolean>;
}

/**
 * `upgrade apply`: brings the cluster's first control plane, and what the cluster keeps of itself, to the target's release.
 * A run that was killed anywhere is finished by the next one. Throws KinitError; static pods that do not come up are what
 * they were before.
 */
export async function upgradeControlPlane(target: Target, input: ApplyInput): Promise<UpgradedNode> {
  const begun = await beginUpgrade(target, input);
  const { context, living } = begun;
  const changed: Decided[] = [...(await upgradeStaticPods(context, begun.target))];
  const { nodeName: node, isControlPlane } = living;
  return { node, isControlPlane, from: context.from, to: context.release.version, changed };
}
