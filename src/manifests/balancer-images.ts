import type { LoadBalancer } from '../inventory/load-balancer.ts';
import type { Release } from '../release/release.ts';

/** The images of a load balancer of kinit's: what workers run, and what control planes run. */
export function balancerImages(
  balancer: LoadBalancer,
  { loadBalancer: usual }: Release,
): { readonly workers: readonly string[]; readonly controlPlanes: readonly string[] } {
  switch (balancer.kind) {
    case 'local':
      return { workers: [balancer.image ?? usual.haproxy], controlPlanes: [] };
    case 'kube-vip':
      return { workers: [], controlPlanes: [balancer.image ?? usual.kubeVip] };
    case 'keepalived':
      return {
        workers: [],
        controlPlanes: [balancer.image ?? usual.haproxy, balancer.keepalivedImage ?? usual.keepalived],
      };
    default:
      return { workers: [], controlPlanes: [] };
  }
}
