import type { KubeObject } from './client.ts';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message?: string;
}

/** Whether a Node is marked as a control plane, by the label of any release. */
export function isControlPlaneNode({ metadata: { labels = {} } }: Pick<KubeObject, 'metadata'>): boolean {
  return ['control-plane', 'master'].some((role) => `node-role.kubernetes.io/${role}` in labels);
}

/** Whether the kubelet of the node says that it is Ready. */
export function isReady(node: KubeObject): boolean {
  return readyCondition(node)?.status === 'True';
}

/** What the kubelet says about being Ready, without the names of conditions before it; '' where it has said nothing yet. */
export function readyMessage(node: KubeObject): string {
  return (readyCondition(node)?.message ?? '').replace(/^(?:\[.*\bmessage:(.*)\]|.*\bmessage:(.*))$/s, '$1$2');
}

function readyCondition(node: KubeObject): Condition | undefined {
  const { conditions } = (node['status'] ?? {}) as { readonly conditions?: readonly Condition[] };
  return conditions?.find(({ type }) => type === 'Ready');
}
