import { describe, expect, it } from 'vitest';
import type { FieldProblem } from '../../../src/config/decode.ts';
import { checkLoadBalancer, loadBalancerOf, remarkOnNumber } from '../../../src/inventory/load-balancer.ts';
import { inventorySchema } from '../../../src/inventory/schema.ts';
import type { Inventory } from '../../../src/inventory/types.ts';

/** An inventory with so many control planes and one worker. */
function inventoryOf(controlPlanes: number, wishes: object = {}, addresses: readonly string[] = []): Inventory {
  const names = Array.from({ length: controlPlanes }, (_, index) => ({
    name: `m${index + 1}`,
    address: addresses[index] ?? `10.0.0.${index + 11}`,
    role: 'control-plane',
  }));
  const hosts = [...names, { name: 'w1', address: '10.0.0.21' }];
  return inventorySchema.parse({ apiVersion: 'kinit.dev/v1alpha1', kind: 'Inventory', hosts, ...wishes });
}

const told = (problems: readonly FieldProblem[]) =>
  problems.map(({ path, message }) => `${path.join('.')}: ${message}`);

describe('the load balancer of an inventory', () => {
  it.each<[string, number, object, object]>([
    ['is none with one control plane', 1, {}, { kind: 'none' }],
    ['is on every worker with several', 3, {}, { kind: 'local', port: 6443, image: undefined }],
    ['is on every worker with one, where the file says so', 1, { kind: 'local' }, { kind: 'local', port: 6443 }],
    [
      'may have an image of its own and be of the kind that is usual',
      3,
      { image: 'mirror.example.com/haproxy:3.2' },
      { kind: 'local', image: 'mirror.example.com/haproxy:3.2' },
    ],
    [
      'has the port of the API server with kube-vip',
      3,
      { kind: 'kube-vip', address: '10.0.0.100', interface: 'eth1' },
      { kind: 'kube-vip', address: '10.0.0.100', port: 6443, interface: 'eth1' },
    ],
    [
      'has a port beside the API server with keepalived, and a router id by the address',
      3,
      { kind: 'keepalived', address: '10.0.0.100' },
      { kind: 'keepalived', port: 8443, routerId: 100, interface: undefined },
    ],
    [
      'has no router id of 0, which VRRP has not',
      3,
      { kind: 'keepalived', address: '10.0.1.0' },
      { kind: 'keepalived', routerId: 255 },
    ],
    [
      'may be by name and port where it is the user’s own',
      3,
      { kind: 'external', address: 'k8s.example.com', port: 443 },
      { kind: 'external', address: 'k8s.example.com', port: 443 },
    ],
  ])('%s', (_, count, loadBalancer, wanted) => {
    const inventory = inventoryOf(count, { loadBalancer });
    expect(checkLoadBalancer(inventory)).toEqual([]);
    expect(loadBalancerOf(inventory)).toMatchObject(wanted);
  });

  it.each<[string, number, object, string]>([
    [
      'an address without a kind that has one',
      3,
      { address: '10.0.0.100' },
      'address: belongs to kube-vip and keepalived and external; the kind is local',
    ],
    [
      'a port where there is none',
      1,
      { port: 6443 },
      'port: belongs to local and kube-vip and keepalived and external; there is no load balancer',
    ],
    [
      'an interface with one of the user’s',
      3,
      { kind: 'external', address: '10.0.0.9', interface: 'eth0' },
      'interface: belongs to kube-vip and keepalived; the kind is external',
    ],
    [
      'a router id with kube-vip',
      3,
      { kind: 'kube-vip', address: '10.0.0.9', routerId: 7 },
      'routerId: belongs to keepalived',
    ],
    ['a virtual address that is missing', 3, { kind: 'kube-vip' }, 'address: is missing: a free address'],
    [
      'one of the user’s that is missing',
      3,
      { kind: 'external' },
      'address: is missing: the address or name of your load balancer',
    ],
    [
      'a virtual address that is a name',
      3,
      { kind: 'keepalived', address: 'vip.example.com' },
      'address: "vip.example.com" is no IP address',
    ],
    [
      'a virtual address that is a host’s',
      3,
      { kind: 'keepalived', address: '10.0.0.21' },
      'address: is the address of the host w1',
    ],
    [
      'a virtual address of the machine itself',
      3,
      { kind: 'kube-vip', address: '127.0.0.1' },
      'address: 127.0.0.1 cannot be reached by other hosts',
    ],
    [
      'a name that is none',
      3,
      { kind: 'external', address: 'no name' },
      'address: "no name" is neither an address nor a name',
    ],
    [
      'an interface that could be more than a name',
      3,
      { kind: 'kube-vip', address: '10.0.0.9', interface: 'eth0 {' },
      'interface: "eth0 {" is no network interface',
    ],
    ['an image that is none', 3, { kind: 'local', image: 'a b' }, 'image: "a b" is no image'],
  ])('refuses %s, with its place', (_, count, loadBalancer, message) => {
    const problems = told(checkLoadBalancer(inventoryOf(count, { loadBalancer })));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`loadBalancer.${message}`);
  });

  it('on every worker needs the hosts file', () => {
    const asked = inventoryOf(1, { loadBalancer: { kind: 'local' }, preparation: { hostsFile: false } });
    expect(told(checkLoadBalancer(asked))[0]).toMatch(/^loadBalancer\.kind: a local load balancer is found by a name/);
    const usual = inventoryOf(3, { preparation: { hostsFile: false } });
    expect(told(checkLoadBalancer(usual))[0]).toMatch(/^preparation\.hostsFile: /);
  });

  it('on every worker needs control planes that are known by their addresses', () => {
    const inventory = inventoryOf(3, {}, ['10.0.0.11', 'm2.example.com']);
    expect(told(checkLoadBalancer(inventory))).toEqual([
      'hosts.1.address: has to be an IP address, not the name m2.example.com: the load balancer on every worker leads to it',
    ]);
  });
});

describe('the number of control planes', () => {
  it.each([1, 3, 5])('%i needs no word', (count) => {
    expect(remarkOnNumber(inventoryOf(count))).toBeUndefined();
  });

  it.each([
    [2, /^2 control planes survive no loss of one, as 1 do.* take 1 or 3$/],
    [4, /^4 control planes survive the loss of 1, as 3 do.* take 3 or 5$/],
    [6, /^6 control planes survive the loss of 2, as 5 do.* take 5 or 7$/],
  ])('%i is told what it is good for', (count, words) => {
    expect(remarkOnNumber(inventoryOf(count))).toMatch(words);
  });
});
