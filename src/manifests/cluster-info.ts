import type { KubeObject } from '../kube/client.ts';
import type { Release } from '../release/release.ts';
import { toYaml } from '../yaml.ts';
import { readerRole } from './rbac.ts';

/** What anybody may know of the cluster. */
export interface ClusterInfo {
  /** The CA certificate or bundle, PEM. */
  readonly caPem: string;
  /** `https://host:port` */
  readonly server: string;
}

/**
 * The ConfigMap cluster-info in kube-public, by which joining nodes discover the cluster, and the anonymous right to
 * read it. The controller manager's bootstrapsigner adds a signature for every token.
 */
export function clusterInfoObjects(release: Release, info: ClusterInfo): readonly KubeObject[] {
  const name = 'cluster-info';
  const namespace = 'kube-public';
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace },
      data: { kubeconfig: kubeconfig(release, info) },
    },
    ...readerRole(
      { name: 'kubeadm:bootstrap-signer-clusterinfo', namespace, resource: 'configmaps', resourceName: name },
      [{ kind: 'User', name: 'system:anonymous' }],
    ),
  ];
}

/** A cluster without name, users and contexts, as client-go prints it. */
function kubeconfig({ pki }: Release, { caPem, server }: ClusterInfo): string {
  const cluster = { 'certificate-authority-data': Buffer.from(caPem).toString('base64'), server };
  return toYaml({
    apiVersion: 'v1',
    clusters: [{ cluster, name: '' }],
    contexts: null,
    'current-context': '',
    kind: 'Config',
    ...(pki.preferences ? { preferences: {} } : {}),
    users: null,
  });
}
