import type { KubeObject } from '../../kube/client.ts';
import { hasToLeave } from '../../kube/leaving-pod.ts';
import { firstOf } from '../../printable.ts';
import { warning } from '../problem.ts';
import type { UpgradedCluster, UpgradeRule } from './seen.ts';

/** Nobody serves while their one pod is moved. */
export const singles: UpgradeRule = ({ workloads, drained }) => {
  if (drained.length === 0) return [];
  const alone = workloads.filter(({ metadata, ...workload }) => {
    const { replicas = 1 } = (workload['spec'] ?? {}) as { replicas?: number };
    return replicas === 1 && metadata.namespace !== 'kube-system';
  });
  if (alone.length === 0) return [];
  return [
    warning('SingleReplica', `away while their only pod moves to another node: ${firstOf(alone.map(nameOf), 5)}`, {
      mend: 'kubectl scale deployment NAME --replicas=2',
    }),
  ];
};

/** Pods that nobody makes anew. */
export const ownerless: UpgradeRule = (seen) => {
  const alone = seen.pods.filter(isOnDrained(seen)).filter(({ metadata }) => {
    const owners = (metadata['ownerReferences'] ?? []) as readonly { readonly controller?: boolean }[];
    return !owners.some(({ controller }) => controller);
  });
  if (alone.length === 0) return [];
  return [
    warning('OwnerlessPods', `gone for good when their nodes are drained: ${firstOf(alone.map(nameOf), 5)}`, {
      mend: 'let a Deployment have them, or keep them: kubectl get pod NAME -o yaml',
    }),
  ];
};

/** Whether a pod is evicted on the way. */
export function isOnDrained({ drained }: Pick<UpgradedCluster, 'drained'>): (pod: KubeObject) => boolean {
  const nodes = new Set(drained);
  return (pod) => nodes.has(nodeOf(pod)) && hasToLeave(pod);
}

/** Where a pod runs; empty where it waits for a node. */
export function nodeOf(pod: KubeObject): string {
  return (pod['spec'] as { readonly nodeName?: string } | undefined)?.nodeName ?? '';
}

function nameOf({ metadata: { name, namespace = 'default' } }: KubeObject): string {
  return `${namespace}/${name}`;
}
