import type { KubeClient } from './client.ts';
import { containersOf, isStuck } from './pod-status.ts';

/** Pods of a node that do not come to run by waiting alone: `ImagePullBackOff docker.io/flannel:v1 (pod kube-flannel-x)`. */
export async function stuckPods(kube: KubeClient, node: string): Promise<readonly string[]> {
  const pods = await kube.list({ apiVersion: 'v1', kind: 'Pod', fieldSelector: `spec.nodeName=${node}` });
  const reasons = pods.flatMap((pod) => {
    const stuck = containersOf(pod).find(isStuck);
    if (stuck === undefined) return [];
    const reason = stuck.state?.waiting?.reason ?? '';
    const what = /Image/.test(reason) ? (stuck.image ?? stuck.name) : `of container ${stuck.name}`;
    return [`${reason} ${what} (pod ${pod.metadata.name})`];
  });
  return reasons.toSorted();
}
