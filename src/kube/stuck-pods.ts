import type { KubeClient, KubeObject } from './client.ts';

interface ContainerStatus {
  readonly name: string;
  readonly image?: string;
  readonly state?: { readonly waiting?: { readonly reason?: string } };
}

/** Pods of a node that do not come to run by waiting alone: `ImagePullBackOff docker.io/flannel:v1 (pod kube-flannel-x)`. */
export async function stuckPods(kube: KubeClient, node: string): Promise<readonly string[]> {
  const pods = await kube.list({ apiVersion: 'v1', kind: 'Pod', fieldSelector: `spec.nodeName=${node}` });
  const reasons = pods.flatMap((pod) => {
    const stuck = containersOf(pod).find(({ state }) => waits.test(state?.waiting?.reason ?? ''));
    if (stuck === undefined) return [];
    const reason = stuck.state?.waiting?.reason ?? '';
    const what = /Image/.test(reason) ? (stuck.image ?? stuck.name) : `of container ${stuck.name}`;
    return [`${reason} ${what} (pod ${pod.metadata.name})`];
  });
  return reasons.toSorted();
}

/** The kubelet's words for what is not just a container that is being made. */
const waits = /BackOff|^Err|Invalid|Error$/;

function containersOf(pod: KubeObject): readonly ContainerStatus[] {
  const status = (pod['status'] ?? {}) as Readonly<Record<string, readonly ContainerStatus[] | undefined>>;
  return [...(status['initContainerStatuses'] ?? []), ...(status['containerStatuses'] ?? [])];
}
