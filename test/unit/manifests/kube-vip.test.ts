import { describe, expect, it } from 'vitest';
import { kubeVipPod } from '../../../src/manifests/kube-vip.ts';

const pod = kubeVipPod({ image: 'kube-vip:v1', address: '10.0.0.100', port: 6443, interface: 'eth1' });
const [container] = pod.spec['containers'] as readonly { readonly env: readonly { name: string; value?: string }[] }[];
const variables = new Map(container?.env.map(({ name, value }) => [name, value]));

describe('the pod of kube-vip', () => {
  it.each([
    ['announces by ARP', 'vip_arp', 'true'],
    ['holds the address of the file', 'address', '10.0.0.100'],
    ['holds it alone', 'vip_subnet', '32'],
    ['leads to the API server’s port', 'port', '6443'],
    ['uses the interface of the file', 'vip_interface', 'eth1'],
    ['serves the control plane', 'cp_enable', 'true'],
    ['is chosen by a Lease', 'vip_leaderelection', 'true'],
  ])('%s', (_, name, value) => {
    expect(variables.get(name)).toBe(value);
  });

  it('speaks to its own API server as the administrator, by a name in the certificate', () => {
    expect(pod.spec).toMatchObject({
      hostNetwork: true,
      hostAliases: [{ hostnames: ['kubernetes'], ip: '127.0.0.1' }],
      volumes: [{ hostPath: { path: '/etc/kubernetes/admin.conf' } }],
      containers: [
        {
          args: ['manager'],
          securityContext: { capabilities: { add: ['NET_ADMIN', 'NET_RAW'], drop: ['ALL'] } },
          volumeMounts: [{ mountPath: '/etc/kubernetes/admin.conf' }],
        },
      ],
    });
  });
});
