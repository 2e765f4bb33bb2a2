import type { Problem } from '../problem.ts';
import { budgetsThatHold, pastBudgets } from './budgets.ts';
import { hostsLimits, notReady } from './nodes.ts';
import { askedForRemoved, podSecurityPolicies, writtenAsRemoved } from './removed-apis.ts';
import { noRoom } from './room.ts';
import type { UpgradedCluster, UpgradeRule } from './seen.ts';
import { lostArguments, lostGates } from './settings.ts';
import { deadWebhooks, refusedTrials } from './webhooks.ts';
import { ownerless, singles } from './workloads.ts';

/** What an upgrade would break, and what to do before it: errors would damage the cluster or stop half way. */
export function upgradeRisks(seen: UpgradedCluster): readonly Problem[] {
  return rules.flatMap((rule) => rule(seen));
}

const rules: readonly UpgradeRule[] = [
  notReady,
  askedForRemoved,
  writtenAsRemoved,
  podSecurityPolicies,
  lostArguments,
  lostGates,
  deadWebhooks,
  refusedTrials,
  budgetsThatHold,
  pastBudgets,
  hostsLimits,
  noRoom,
  singles,
  ownerless,
];
