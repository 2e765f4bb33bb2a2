import { pick, type Row, type Verified } from './table.ts';
import type { Version } from './version.ts';

export const verified: Verified = {
  table: 'load-balancer',
  upTo: 37,
  source:
    'haproxy and keepalived know nothing of Kubernetes; kube-vip v1.0.3 uses Leases, which v1.37 has (release notes)',
};

/** The images of load balancers before the API servers. */
export interface LoadBalancerRelease {
  readonly haproxy: string;
  readonly keepalived: string;
  readonly kubeVip: string;
}

/** The load-balancer tables read at `version`. */
export function loadBalancerRelease(version: Version): LoadBalancerRelease {
  return {
    haproxy: pick(haproxy, version),
    keepalived: pick(keepalived, version),
    kubeVip: pick(kubeVip, version),
  };
}

const haproxy: readonly Row<string>[] = [
  {
    from: '1.18',
    value: 'docker.io/library/haproxy:3.2.19-alpine',
    source: 'a line with long-term support (https://www.haproxy.org/); kubespray v2.32 download.yml has this tag',
  },
];

const keepalived: readonly Row<string>[] = [
  {
    from: '1.18',
    value: 'docker.io/osixia/keepalived:2.0.20',
    source: 'kubernetes/kubeadm docs/ha-considerations.md, static pods of keepalived',
  },
];

const kubeVip: readonly Row<string>[] = [
  {
    from: '1.18',
    value: 'ghcr.io/kube-vip/kube-vip:v1.0.3',
    source:
      'kubespray roles/kubernetes/node kube-vip.manifest.j2, which follows v1.0.3 pkg/kubevip/config_generator.go',
  },
];
