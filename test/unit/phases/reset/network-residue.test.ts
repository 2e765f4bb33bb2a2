import { describe, expect, test } from 'vitest';
import {
  ipSetsOf,
  isKnownCniFile,
  linksOf,
  nftTablesOf,
  tunnelAddresses,
  virtualServicesOf,
} from '../../../../src/phases/reset/network-residue.ts';

const link = (line: string) =>
  `${line} mtu 1500 qdisc noqueue state UP mode DEFAULT group default\\    link/ether de:77:1e:ad:b7:b1`;

describe('network interfaces', () => {
  test.each([
    '3: cni0: <BROADCAST,MULTICAST,UP,LOWER_UP>',
    '4: flannel.1: <BROADCAST,MULTICAST,UP,LOWER_UP>',
    '4: flannel-v6.1: <BROADCAST,MULTICAST,UP,LOWER_UP>',
    '5: kube-ipvs0: <BROADCAST,NOARP>',
    '6: vxlan.calico: <BROADCAST,MULTICAST,UP,LOWER_UP>',
    '7: cali0123456789a@if3: <BROADCAST,MULTICAST,UP,LOWER_UP>',
    '8: cilium_host@cilium_net: <BROADCAST,MULTICAST,NOARP,UP,LOWER_UP>',
    '9: veth5c7efe53@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue master cni0 state UP',
  ])('of pod networks go: %s', (line) => {
    expect(linksOf(link(line))).toHaveLength(1);
  });

  test.each([
    '1: lo: <LOOPBACK,UP,LOWER_UP>',
    '2: eth0@if4: <BROADCAST,MULTICAST,UP,LOWER_UP>',
    '3: docker0: <NO-CARRIER,BROADCAST,MULTICAST,UP>',
    '4: cni-podman0: <BROADCAST,MULTICAST,UP,LOWER_UP>',
    '5: veth0@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue master cni-podman0 state UP',
    '6: veth1@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue master docker0 state UP',
    '7: tunl0@NONE: <NOARP,UP,LOWER_UP>',
    '8: california: <BROADCAST,MULTICAST,UP,LOWER_UP>',
    '9: wg0: <POINTOPOINT,NOARP,UP,LOWER_UP>',
    '10: virbr0: <NO-CARRIER,BROADCAST,MULTICAST,UP>',
  ])('of the host stay: %s', (line) => {
    expect(linksOf(link(line))).toEqual([]);
  });
});

test('the addresses of the kernel’s own tunnel device are found', () => {
  const addresses =
    '9: tunl0    inet 10.244.7.0/32 scope global tunl0\\       valid_lft forever preferred_lft forever\n2: eth0    inet 10.0.0.2/24 scope global eth0';
  expect(tunnelAddresses(addresses)).toEqual(['10.244.7.0/32']);
});

test('ipsets go by their names', () => {
  expect(
    ipSetsOf('KUBE-CLUSTER-IP\nKUBE-6-LOOP-BACK\ncali40masq-ipam-pools\nblocklist\nfail2ban-sshd\ninet6:KUBE-DST\n'),
  ).toEqual(['KUBE-CLUSTER-IP', 'KUBE-6-LOOP-BACK', 'cali40masq-ipam-pools', 'inet6:KUBE-DST']);
});

test('tables of nftables go by their names', () => {
  const tables =
    'table ip nat\ntable inet firewalld\ntable ip kube-proxy\ntable ip6 kube-proxy\ntable ip flannel-ipv4\ntable inet kube-proxy-mine\n';
  expect(nftTablesOf(tables)).toEqual(['ip kube-proxy', 'ip6 kube-proxy', 'ip flannel-ipv4']);
});

describe('virtual services of IPVS', () => {
  const saved = [
    '-A -t 10.96.0.1:443 -s rr',
    '-a -t 10.96.0.1:443 -r 10.0.0.11:6443 -m -w 1',
    '-A -u 10.96.0.10:53 -s rr',
    '-A -t [fd00::1]:443 -s rr',
    '-A -t 10.0.0.11:31080 -s rr',
    '-A -t 10.0.0.100:80 -s wlc -p 300',
  ].join('\n');
  const addresses = [
    '5: kube-ipvs0    inet 10.96.0.1/32 scope global kube-ipvs0',
    '5: kube-ipvs0    inet 10.96.0.10/32 scope global kube-ipvs0',
    '5: kube-ipvs0    inet6 fd00::1/128 scope global',
    '2: eth0    inet 10.0.0.11/24 brd 10.0.0.255 scope global eth0',
  ].join('\n');

  test('go with the addresses of kube-ipvs0, and node ports with them; the host’s own load balancer stays', () => {
    expect(virtualServicesOf(saved, addresses)).toEqual([
      '-t 10.96.0.1:443',
      '-u 10.96.0.10:53',
      '-t [fd00::1]:443',
      '-t 10.0.0.11:31080',
    ]);
  });

  test('all stay where kube-proxy has none', () => {
    expect(virtualServicesOf(saved, '2: eth0    inet 10.0.0.11/24 scope global eth0')).toEqual([]);
  });
});

test.each([
  ['10-flannel.conflist', true],
  ['10-calico.conflist', true],
  ['calico-kubeconfig', true],
  ['10-canal.conflist', true],
  ['05-cilium.conflist', true],
  ['10-kuberouter.conflist', true],
  ['87-podman-bridge.conflist', false],
  ['100-crio-bridge.conf', false],
  ['10-mine.conflist', false],
])('%s is written by a known pod network: %s', (name, known) => {
  expect(isKnownCniFile(name)).toBe(known);
});
