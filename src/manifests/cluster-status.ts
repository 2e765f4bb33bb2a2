import type { KubeObject } from '../kube/client.ts';
import { parseYaml, toYaml } from '../yaml.ts';

/** Where kubeadm keeps the ClusterStatus, up to v1.21: the API endpoints by node. */
export const clusterStatusHolder = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  namespace: 'kube-system',
  name: 'kubeadm-config',
} as const;

/** Of a node's API server; other fields stay as they are. */
export interface StatusEndpoint {
  readonly advertiseAddress?: string;
  readonly bindPort?: number;
}

export type StatusEndpoints = Readonly<Record<string, StatusEndpoint>>;

/** The API endpoints by node that the ConfigMap tells; undefined where it has no ClusterStatus. Throws InputError. */
export function statusEndpoints(holder: KubeObject | undefined): StatusEndpoints | undefined {
  return statusOf(holder)?.apiEndpoints;
}

/** The ConfigMap with other endpoints in its ClusterStatus, and else as it is. */
export function withStatusEndpoints(holder: KubeObject, apiEndpoints: StatusEndpoints): KubeObject {
  const { apiVersion, kind, name, namespace } = clusterStatusHolder;
  const ClusterStatus = toYaml({ ...statusOf(holder), apiEndpoints });
  return { apiVersion, kind, metadata: { name, namespace }, data: { ...dataOf(holder), ClusterStatus } };
}

function statusOf(holder: KubeObject | undefined): { readonly apiEndpoints: StatusEndpoints } | undefined {
  const { ClusterStatus: text } = dataOf(holder);
  if (text === undefined) return undefined;
  const status = parseYaml(text, 'the ClusterStatus of kubeadm-config')[0]?.value ?? {};
  return { apiEndpoints: {}, ...(status as object) };
}

function dataOf(holder: KubeObject | undefined): Readonly<Record<string, string>> {
  return (holder?.['data'] ?? {}) as Readonly<Record<string, string>>;
}
