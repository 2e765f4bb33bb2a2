import type { KubeObject } from '../../kube/client.ts';
import { type LabelSelector, selects } from '../../kube/selector.ts';
import { firstOf } from '../../printable.ts';
import { type Problem, warning } from '../problem.ts';
import type { UpgradeRule } from './seen.ts';
import { isOnDrained } from './workloads.ts';

interface Budget {
  readonly minAvailable?: number | string;
  readonly maxUnavailable?: number | string;
  readonly selector?: LabelSelector;
}

/** A budget that lets no pod go, at the moment or ever: its node is not drained. */
export const budgetsThatHold: UpgradeRule = ({ budgets, drained }) => {
  if (drained.length === 0) return [];
  return budgets.flatMap((budget) => {
    const { disruptionsAllowed, expectedPods = 0 } = (budget['status'] ?? {}) as {
      readonly disruptionsAllowed?: number;
      readonly expectedPods?: number;
    };
    if (disruptionsAllowed !== 0 || expectedPods === 0) return [];
    const { namespace = 'default', name } = budget.metadata;
    const mend = `more replicas, or a looser budget: kubectl -n ${namespace} edit pdb ${name}`;
    return [
      neverAllows(specOf(budget), expectedPods)
        ? warning(
            'PodDisruptionBudget',
            `the PodDisruptionBudget ${namespace}/${name} never lets any of its ${expectedPods} pods go: their nodes are not drained`,
            { mend },
          )
        : warning(
            'PodDisruptionBudget',
            `the PodDisruptionBudget ${namespace}/${name} lets none of its ${expectedPods} pods go at the moment`,
            { mend },
          ),
    ];
  });
};

function specOf(budget: KubeObject): Budget {
  return (budget['spec'] ?? {}) as Budget;
}

/** However well its pods are. */
function neverAllows({ minAvailable, maxUnavailable }: Budget, expected: number): boolean {
  if (maxUnavailable !== undefined) return countOf(maxUnavailable, expected) === 0;
  return minAvailable !== undefined && countOf(minAvailable, expected) >= expected;
}

/** A share is rounded up (policy/v1). */
function countOf(value: number | string, expected: number): number {
  const share = /^(\d+)%$/.exec(String(value))?.[1];
  return share === undefined ? Number(value) : Math.ceil((Number(share) * expected) / 100);
}

/** A pod that several budgets are for is evicted by no API server (kubernetes#72320). */
export const pastBudgets: UpgradeRule = (seen) => {
  const held = seen.pods.filter(isOnDrained(seen)).flatMap((pod): readonly Problem[] => {
    const { namespace = 'default', name, labels } = pod.metadata;
    const own = seen.budgets.filter(
      (budget) => (budget.metadata.namespace ?? 'default') === namespace && selects(specOf(budget).selector, labels),
    );
    if (own.length < 2) return [];
    const names = firstOf(own.map(({ metadata }) => metadata.name));
    return [
      warning(
        'PodDisruptionBudget',
        `the pod ${namespace}/${name} has several PodDisruptionBudgets (${names}), and is not evicted for that`,
        { mend: `leave it one: kubectl -n ${namespace} delete pdb NAME` },
      ),
    ];
  });
  return held.slice(0, mostTold);
};

const mostTold = 5;
