import type { KubeObject } from '../../kube/client.ts';
import { hasToLeave } from '../../kube/leaving-pod.ts';
import { isReady } from '../../kube/node.ts';
import { amountOf } from '../../manifests/quantity.ts';
import { warning } from '../problem.ts';
import type { UpgradeRule } from './seen.ts';
import { nodeOf } from './workloads.ts';

/** A drained node whose pods find no room on the others, by what they ask for: some wait until it is back. */
export const noRoom: UpgradeRule = ({ pods, nodes, drained }) => {
  const [leaving, running] = [byNode(pods.filter(hasToLeave)), byNode(pods.filter(isRunning))];
  const free = new Map(
    nodes.filter(takesPods).map((node) => [node.metadata.name, freeOn(node, running.get(node.metadata.name))]),
  );
  return drained.flatMap((name) => {
    const own = leaving.get(name);
    if (own === undefined) return [];
    const others = [...free].flatMap(([node, amounts]) => (node === name ? [] : [amounts]));
    const left = (of: ResourceName) => others.reduce((sum, amounts) => sum + amounts[of], 0);
    const short = resources.find((of) => own[of] > left(of));
    if (short === undefined && others.length > 0) return [];
    const mend = 'add a node, or scale down what can wait: kubectl scale deployment NAME --replicas=N';
    return [
      short === undefined || others.length === 0
        ? warning('NoRoom', `pods of ${name} wait while it is drained: no other node takes pods`, { mend })
        : warning(
            'NoRoom',
            `pods of ${name} wait while it is drained: they ask for ${words[short](own[short])}, and the others have ${words[short](left(short))} left`,
            { mend },
          ),
    ];
  });
};

const resources = ['cpu', 'memory'] as const;
type ResourceName = (typeof resources)[number];
type Amounts = Readonly<Record<ResourceName, number>>;

const words: Readonly<Record<ResourceName, (amount: number) => string>> = {
  cpu: (amount) => `${amount.toFixed(1)} CPUs`,
  memory: (amount) => `${Math.round(amount / 1024 ** 2)} MiB`,
};

/** One that is tainted takes only whom it is meant for. */
function takesPods(node: KubeObject): boolean {
  const { unschedulable = false, taints = [] } = (node['spec'] ?? {}) as {
    readonly unschedulable?: boolean;
    readonly taints?: readonly { readonly effect: string }[];
  };
  return isReady(node) && !unschedulable && taints.every(({ effect }) => effect === 'PreferNoSchedule');
}

/** What the pods of each node ask for. */
function byNode(pods: readonly KubeObject[]): ReadonlyMap<string, Amounts> {
  const found = new Map<string, Amounts>();
  for (const pod of pods) {
    const { cpu, memory } = found.get(nodeOf(pod)) ?? { cpu: 0, memory: 0 };
    found.set(nodeOf(pod), { cpu: cpu + asked(pod, 'cpu'), memory: memory + asked(pod, 'memory') });
  }
  return found;
}

interface Container {
  readonly resources?: { readonly requests?: Readonly<Record<string, unknown>> };
}

function asked(pod: KubeObject, name: ResourceName): number {
  const { containers = [] } = (pod['spec'] ?? {}) as { readonly containers?: readonly Container[] };
  return containers.reduce((sum, { resources: wants }) => sum + (amountOf(wants?.requests?.[name]) ?? 0), 0);
}

/** A node that does not tell what it has hinders nobody. */
function freeOn(node: KubeObject, taken: Amounts = { cpu: 0, memory: 0 }): Amounts {
  const { allocatable = {} } = (node['status'] ?? {}) as { readonly allocatable?: Readonly<Record<string, unknown>> };
  const left = (name: ResourceName) =>
    Math.max(0, (amountOf(allocatable[name]) ?? Number.POSITIVE_INFINITY) - taken[name]);
  return { cpu: left('cpu'), memory: left('memory') };
}

function isRunning(pod: KubeObject): boolean {
  const { phase } = (pod['status'] ?? {}) as { readonly phase?: string };
  return phase !== 'Succeeded' && phase !== 'Failed';
}
