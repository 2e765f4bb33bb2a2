/** kubeadm's default for the API server's `authorization-mode`. */
export const defaultAuthorizationModes = 'Node,RBAC';

const known = ['Node', 'RBAC', 'Webhook', 'ABAC', 'AlwaysAllow', 'AlwaysDeny'];

/** The modes of a user's `authorization-mode` that kubeadm up to v1.29 lets pass; its default where none is left. */
export function knownAuthorizationModes(value: string): string {
  const modes = value.split(',').filter((mode) => known.includes(mode));
  return modes.join(',') || defaultAuthorizationModes;
}
