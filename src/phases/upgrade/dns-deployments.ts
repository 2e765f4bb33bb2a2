import type { ListQuery } from '../../kube/client.ts';

/** CoreDNS's, and what was there before it. */
export const dnsDeployments: ListQuery = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  namespace: 'kube-system',
  labelSelector: 'k8s-app=kube-dns',
};
