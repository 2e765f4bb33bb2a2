import { seconds } from '../config/duration.ts';
import type { BootstrapToken } from '../config/types.ts';
import { defined } from '../defined.ts';
import type { KubeObject } from '../kube/client.ts';
import type { Release } from '../release/release.ts';
import { clusterRole, clusterRoleBinding, joiningNodes, nodes } from './rbac.ts';

/**
 * The rights that joining nodes need: to see nodes, to ask for a certificate, and to get it (and its renewals) approved;
 * where the API server's client certificate for kubelets carries no group, its rights too.
 */
export function bootstrapTokenObjects(release: Release): readonly KubeObject[] {
  const kubeletClient = kubeletClientBinding(release);
  const csr = 'system:certificates.k8s.io:certificatesigningrequests';
  return [
    ...getNodes(release),
    clusterRoleBinding('kubeadm:kubelet-bootstrap', 'system:node-bootstrapper', [joiningNodes]),
    clusterRoleBinding('kubeadm:node-autoapprove-bootstrap', `${csr}:nodeclient`, [joiningNodes]),
    clusterRoleBinding('kubeadm:node-autoapprove-certificate-rotation', `${csr}:selfnodeclient`, [nodes]),
    ...(kubeletClient === undefined ? [] : [kubeletClient]),
  ];
}

/** Joining nodes look whether a node of their name is there already. */
function getNodes({ node }: Pick<Release, 'node'>): readonly KubeObject[] {
  const name = 'kubeadm:get-nodes';
  const objects = [
    clusterRole(name, [{ apiGroups: [''], resources: ['nodes'], verbs: ['get'] }]),
    clusterRoleBinding(name, name, [joiningNodes]),
  ];
  const namespace = node.getNodesNamespace;
  return namespace === undefined
    ? objects
    : objects.map((object) => ({ ...object, metadata: { ...object.metadata, namespace } }));
}

/** What the API server may ask of kubelets, by its name; undefined where its certificate has an organization that may. */
export function kubeletClientBinding(release: Release): KubeObject | undefined {
  if (release.pki.organizations['apiserver-kubelet-client'].length > 0) return undefined;
  return clusterRoleBinding('kubeadm:apiserver-kubelet-client', 'system:kubelet-api-admin', [
    { kind: 'User', name: 'kube-apiserver-kubelet-client' },
  ]);
}

/**
 * The Secret by which the cluster knows a bootstrap token; `now` in milliseconds since the epoch. A token without ttl
 * and expires (or with a ttl of 0) never expires (bootstrap.kubernetes.io/token, Kubernetes' bootstrap-tokens page).
 */
export function tokenSecret(token: BootstrapToken, now: number): KubeObject {
  const [id = '', secret = ''] = token.token.split('.');
  const expiration = expiry(token, now);
  const data = {
    'token-id': id,
    'token-secret': secret,
    ...(token.description ? { description: token.description } : {}),
    ...defined({ expiration }),
    ...Object.fromEntries(token.usages.map((usage) => [`usage-bootstrap-${usage}`, 'true'])),
    ...(token.groups.length > 0 ? { 'auth-extra-groups': token.groups.join(',') } : {}),
  };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: `bootstrap-token-${id}`, namespace: 'kube-system' },
    type: 'bootstrap.kubernetes.io/token',
    data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')])),
  };
}

function expiry({ ttl, expires }: BootstrapToken, now: number): string | undefined {
  if (expires !== undefined) return rfc3339(Date.parse(expires));
  const lifetime = ttl === undefined ? 0 : seconds(ttl);
  return lifetime > 0 ? rfc3339(now + lifetime * 1000) : undefined;
}

/** In UTC, whole seconds, as Go's time.RFC3339. */
function rfc3339(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}
