import { describe, expect, it } from 'vitest';
import { KinitError } from '../../../../src/errors.ts';
import type { Change } from '../../../../src/execute/change.ts';
import { nothingObserved } from '../../../../src/execute/observed.ts';
import type { Facts } from '../../../../src/host/facts/facts.ts';
import type { VirtualAddress } from '../../../../src/inventory/load-balancer.ts';
import { type VirtualContext, virtualBalancer } from '../../../../src/phases/load-balancer/virtual.ts';
import { perfect } from '../../preflight/hosts.ts';

const facts: Facts = {
  ...perfect('v1.31.0'),
  addresses: [
    { interface: 'eth0', address: '192.168.0.12', prefix: 24 },
    { interface: 'eth1', address: '10.0.0.12', prefix: 24 },
  ],
};

function contextOf(balancer: VirtualAddress | undefined, address = '10.0.0.12'): VirtualContext {
  const virtual = balancer && {
    balancer,
    images: balancer.kind === 'keepalived' ? ['haproxy:3', 'keepalived:2'] : ['kube-vip:1'],
    name: 'm2',
    address,
    controlPlanes: ['10.0.0.11', '10.0.0.12'],
    bindPort: 6443,
    settings: { bind: '*', port: 8443, servers: [], readyStatus: 200 as const, caFile: '/etc/kubernetes/pki/ca.crt' },
  };
  return {
    balancing: virtual ? { virtual } : {},
    registration: { criSocket: 'unix:///run/containerd/containerd.sock', imagePullPolicy: 'IfNotPresent' },
  };
}

const desired = (context: VirtualContext): readonly Change[] =>
  virtualBalancer.desired(context, { ...nothingObserved, facts });
const files = (changes: readonly Change[]) =>
  new Map(changes.flatMap((change) => (change.kind === 'file' ? [[change.path, String(change.content)]] : [])));

const keepalived: VirtualAddress = {
  kind: 'keepalived',
  address: '10.0.0.100',
  port: 8443,
  interface: undefined,
  image: undefined,
  keepalivedImage: undefined,
  routerId: 100,
};
const kubeVip: VirtualAddress = {
  kind: 'kube-vip',
  address: '10.0.0.100',
  port: 6443,
  interface: undefined,
  image: undefined,
};

describe('a virtual address on a control plane', () => {
  it('is held by keepalived on the interface with the host’s address, haproxy beside it', () => {
    const made = files(desired(contextOf(keepalived)));
    expect([...made.keys()].filter((path) => path.endsWith('.yaml'))).toEqual([
      '/etc/kubernetes/manifests/kinit-haproxy.yaml',
      '/etc/kubernetes/manifests/kinit-keepalived.yaml',
    ]);
    expect(made.get('/etc/kubernetes/kinit/keepalived/keepalived.conf')).toContain('interface eth1\n');
    expect(made.get('/etc/kubernetes/kinit/haproxy/haproxy.cfg')).toContain('bind *:8443\n');
  });

  it('has its images before its pods', () => {
    const kinds = desired(contextOf(keepalived)).map(({ kind }) => kind);
    expect(kinds.lastIndexOf('command')).toBeLessThan(kinds.indexOf('file'));
    expect(kinds.filter((kind) => kind === 'command')).toHaveLength(2);
  });

  it('is held by kube-vip on the interface of the file', () => {
    const made = files(desired(contextOf({ ...kubeVip, interface: 'bond0' })));
    expect(made.get('/etc/kubernetes/manifests/kinit-kube-vip.yaml')).toContain('value: bond0\n');
  });

  it('is refused where no interface of the host has its address', () => {
    expect(() => desired(contextOf(kubeVip, '10.9.9.9'))).toThrow(KinitError);
  });

  it('and whatever held it are gone where the file has none', () => {
    expect(
      desired(contextOf(undefined)).map((change) => (change.kind === 'absent' ? change.path : change.kind)),
    ).toEqual([
      '/etc/kubernetes/manifests/kinit-haproxy.yaml',
      '/etc/kubernetes/kinit/haproxy',
      '/etc/kubernetes/manifests/kinit-keepalived.yaml',
      '/etc/kubernetes/kinit/keepalived',
      '/etc/kubernetes/manifests/kinit-kube-vip.yaml',
    ]);
  });
});
