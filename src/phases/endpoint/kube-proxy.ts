import type { ClusterConfiguration } from '../../config/types.ts';
import { type Change, refOf } from '../../execute/change.ts';
import type { KubeObject, ListQuery } from '../../kube/client.ts';
import type { Phase } from '../phase.ts';

export interface LedProxies {
  readonly cluster: ClusterConfiguration;
  /** Its kubeconfig among it, as the cluster is to have it. */
  readonly configMap: KubeObject;
  /** Those that run now. */
  readonly pods: readonly KubeObject[];
}

/** All kube-proxies of a cluster. */
export const proxyPods: ListQuery = {
  apiVersion: 'v1',
  kind: 'Pod',
  namespace: 'kube-system',
  labelSelector: 'k8s-app=kube-proxy',
};

/** Those of one node. */
export const proxyPodsOf = (node: string): ListQuery => ({ ...proxyPods, fieldSelector: `spec.nodeName=${node}` });

/**
 * kube-proxies look for their server when they start: each begins anew with the configuration that leads to the endpoint.
 * What they have set up on their nodes stays meanwhile.
 */
export const ledProxies: Phase<LedProxies> = {
  name: 'endpoint',
  title: 'kube-proxy to the endpoint',
  reads: ({ configMap, pods }) => ({ objects: [configMap, ...pods].map(refOf) }),
  desired: ({ cluster, configMap, pods }): readonly Change[] => {
    if (cluster.proxy.disabled) return [];
    return [
      { kind: 'object', how: 'present', object: configMap, says: '[endpoint] Leading kube-proxy to the endpoint' },
      ...pods.map((pod): Change => ({ kind: 'object', how: 'absent', object: pod, wave: 1 })),
    ];
  },
};
