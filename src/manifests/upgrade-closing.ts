import type { Version } from '../release/version.ts';

/** What `upgrade apply` and `upgrade node` end with (kubeadm cmd/upgrade/apply.go and node.go, v1.20.2 and v1.36.3). */
export function upgradeClosingMessage(command: 'apply' | 'node', { minor, text }: Version): string {
  if (command === 'node') {
    return `[upgrade] The configuration for this node was successfully updated!
[upgrade] Now you should go ahead and upgrade the kubelet package using your package manager.
`;
  }
  if (minor >= 32) {
    return `
[upgrade] SUCCESS! A control plane node of your cluster was upgraded to "${text}".

[upgrade] Now please proceed with upgrading the rest of the nodes by following the right order.
`;
  }
  return `
[upgrade/successful] SUCCESS! Your cluster was upgraded to "${text}". Enjoy!

[upgrade/kubelet] Now that your control plane is upgraded, please proceed with upgrading your kubelets if you haven't already done so.
`;
}
