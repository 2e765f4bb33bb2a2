import { parseAddress } from '../config/network.ts';
import { adminConf } from '../release/paths.ts';
import { balancerPod } from './haproxy.ts';
import type { StaticPod } from './static-pod.ts';

export interface KubeVipSettings {
  readonly image: string;
  /** The virtual address. */
  readonly address: string;
  readonly port: number;
  readonly interface: string;
}

/** The name of kube-vip's static pod. */
export const kubeVipName = 'kinit-kube-vip';

/**
 * kube-vip as a static pod: one control plane, chosen by a Lease, holds the address and announces it by ARP. It speaks to
 * the host's own API server by a name in its certificate. kube-vip v1.0.3 pkg/kubevip/config_generator.go; the variables
 * of its `manifest pod --controlplane --arp --leaderElection`.
 */
export function kubeVipPod({ image, address, port, interface: device }: KubeVipSettings): StaticPod {
  const prefix = parseAddress(address)?.family === 'IPv6' ? 128 : 32;
  const variables: readonly (readonly [string, string])[] = [
    ['vip_arp', 'true'],
    ['port', String(port)],
    ['vip_interface', device],
    ['vip_subnet', String(prefix)],
    ['dns_mode', 'first'],
    ['cp_enable', 'true'],
    ['cp_namespace', 'kube-system'],
    ['vip_leaderelection', 'true'],
    ['vip_leasename', 'plndr-cp-lock'],
    ['vip_leaseduration', '5'],
    ['vip_renewdeadline', '3'],
    ['vip_retryperiod', '1'],
    ['address', address],
    ['prometheus_server', '127.0.0.1:2112'],
  ];
  const container = {
    name: 'kube-vip',
    image,
    imagePullPolicy: 'IfNotPresent',
    args: ['manager'],
    env: [
      { name: 'vip_nodename', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
      ...variables.map(([name, value]) => ({ name, value })),
    ],
    resources: {},
    securityContext: { capabilities: { add: ['NET_ADMIN', 'NET_RAW'], drop: ['ALL'] } },
    volumeMounts: [{ mountPath: adminConf, name: 'kubeconfig', readOnly: true }],
  };
  return balancerPod(kubeVipName, {
    containers: [container],
    hostAliases: [{ hostnames: ['kubernetes'], ip: '127.0.0.1' }],
    volumes: [{ hostPath: { path: adminConf, type: 'File' }, name: 'kubeconfig' }],
  });
}
