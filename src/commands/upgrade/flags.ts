import type { UpgradeFlags } from '../../config/upgrade.ts';
import type { TargetFlags } from '../input/targets.ts';

/** The flags of `kinit upgrade` and its commands. */
export interface UpgradeCommandFlags extends UpgradeFlags, TargetFlags {
  readonly config?: string;
  readonly kubeconfig?: string;
  readonly lenient?: boolean;
  readonly yes?: boolean;
  readonly output?: string;
}
