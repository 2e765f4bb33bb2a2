import { exitCodes, KinitError } from '../../errors.ts';
import type { Facts } from '../../host/facts/facts.ts';
import type { KubeClient, KubeObject } from '../../kube/client.ts';
import { isReady } from '../../kube/node.ts';

/**
 * Refuses a name under which another machine is a Ready node: who joined with it would take over its identity and its
 * pods (kubeadm's check before the TLS bootstrap). A machine that was reset may come back while its node is still there.
 * Throws KinitError, exit 2.
 */
export async function refuseTakenName(name: string, { identity }: Facts, kube: KubeClient): Promise<void> {
  const node = await kube.get({ apiVersion: 'v1', kind: 'Node', name });
  if (node === undefined || !isReady(node) || isOf(node, identity)) return;
  throw new KinitError(`a Node with name "${name}" and status "Ready" already exists in the cluster`, {
    exitCode: exitCodes.preflight,
    hint: `give this host another name (hostnamectl set-hostname NAME, or --node-name), or take the other one out: kubectl delete node ${name}`,
  });
}

/** Clones may share one of the two. */
function isOf(node: KubeObject, { machineId, productUuid }: Facts['identity']): boolean {
  const { nodeInfo = {} } = (node['status'] ?? {}) as { readonly nodeInfo?: NodeInfo };
  const { machineID = '', systemUUID = '' } = nodeInfo;
  const isSameSystem = [productUuid, systemUUID].includes('') || productUuid.toLowerCase() === systemUUID.toLowerCase();
  return machineId !== '' && machineId === machineID && isSameSystem;
}

interface NodeInfo {
  readonly machineID?: string;
  readonly systemUUID?: string;
}
