import type { KubeObject } from '../kube/client.ts';
import type { Release } from '../release/release.ts';

/** Who joins with a bootstrap token is in this group (kubeadm's NodeBootstrapTokenAuthGroup). */
export const joiningNodes: RbacSubject = { kind: 'Group', name: 'system:bootstrappers:kubeadm:default-node-token' };
/** Every node that has joined. */
export const nodes: RbacSubject = { kind: 'Group', name: 'system:nodes' };

const apiVersion = 'rbac.authorization.k8s.io/v1';
const apiGroup = 'rbac.authorization.k8s.io';

export interface RbacSubject {
  readonly kind: 'User' | 'Group' | 'ServiceAccount';
  readonly name: string;
  readonly namespace?: string;
}

/** What a reader Role is about: one named object of a namespace. */
export interface Readable {
  /** Of the Role and the RoleBinding. */
  readonly name: string;
  readonly namespace: string;
  readonly resource: 'configmaps' | 'secrets';
  readonly resourceName: string;
}

/** The Role that may get one object, and its RoleBinding to `subjects`. */
export function readerRole(readable: Readable, subjects: readonly RbacSubject[]): readonly [KubeObject, KubeObject] {
  const { name, namespace, resource, resourceName } = readable;
  return [
    {
      apiVersion,
      kind: 'Role',
      metadata: { name, namespace },
      rules: [{ apiGroups: [''], resourceNames: [resourceName], resources: [resource], verbs: ['get'] }],
    },
    {
      apiVersion,
      kind: 'RoleBinding',
      metadata: { name, namespace },
      roleRef: { apiGroup, kind: 'Role', name },
      subjects,
    },
  ];
}

export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** A ClusterRole. */
export function clusterRole(name: string, rules: readonly PolicyRule[]): KubeObject {
  return { apiVersion, kind: 'ClusterRole', metadata: { name }, rules };
}

/** The binding of a ClusterRole to subjects. */
export function clusterRoleBinding(name: string, role: string, subjects: readonly RbacSubject[]): KubeObject {
  return {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup, kind: 'ClusterRole', name: role },
    subjects,
  };
}

/**
 * The rights of admin.conf, where its group is not `system:masters` (1.29 and later): without this binding it may do
 * nothing; super-admin.conf creates it (kubeadm's EnsureAdminClusterRoleBinding).
 */
export function clusterAdminsBinding(release: Release): KubeObject | undefined {
  if (!release.pki.superAdmin) return undefined;
  const name = 'kubeadm:cluster-admins';
  return clusterRoleBinding(name, 'cluster-admin', [{ kind: 'Group', name }]);
}
