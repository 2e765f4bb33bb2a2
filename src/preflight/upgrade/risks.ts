import type { Problem } from '../problem.ts';
import { budgetsThatHold, pastBudgets } from './budgets.ts';
import { livingArguments } from './living-arguments.ts';
import { hostsLimits, notReady } from './nodes.ts';
import { askedForRemoved, keptAsRemoved, podSecurityPolicies, writtenAsRemoved } from './removed-apis.ts';
import { noRoom } from './room.ts';
import type { UpgradedCluster, UpgradeRule } from './seen.ts';
import { lostArguments, lostGates } from './settings.ts';
import { deadConversions, deadWebhooks } from './webhooks.ts';
import { ownerless, singles } from './workloads.ts';

/** What an upgrade would break, and what to do before it: errors would damage the cluster or stop half way. */
export function upgradeRisks(seen: UpgradedCluster): readonly Problem[] {
  return rules.flatMap((rule) => rule(seen));
}

const rules: readonly UpgradeRule[] = [
  notReady,
  askedForRemoved,
  writtenAsRemoved,
  keptAsRemoved,
  podSecurityPolicies,
  lostArguments,
  lostGates,
  livingArguments,
  deadWebhooks,
  deadConversions,
  budgetsThatHold,
  pastBudgets,
  hostsLimits,
  noRoom,
  singles,
  ownerless,
];
