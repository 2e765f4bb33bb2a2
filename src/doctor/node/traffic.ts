import { firewallChecks } from '../../preflight/ports.ts';
import { findingOf, trouble } from '../finding.ts';
import type { Patient } from '../patient.ts';
import type { Rule } from '../rule.ts';

/** Ports of the node that firewalld keeps shut, since it was set up anew for one. */
export const firewallClosed: Rule = {
  check: (patient) =>
    patient.isNode
      ? firewallChecks
          .filter(({ applies }) => applies?.(patient) ?? true)
          .flatMap(({ check }) => check(patient))
          .map((problem) => ({
            ...findingOf(problem),
            severity: 'error' as const,
            message: 'firewalld keeps ports of the node shut',
          }))
      : [],
};

/** A reload, or a service that sets the packet filter up anew, takes the rules of others with it. */
export const firewallReloaded: Rule = {
  check: (patient) => {
    const { isNode, packetFilter, units } = patient;
    if (!isNode || packetFilter.services !== false || proxyMode(patient) !== 'iptables' || !hasProxy(patient))
      return [];
    const isFirewalld = units.get('firewalld')?.state === 'active';
    return [
      trouble(
        'FirewallReloaded',
        'kube-proxy’s rules are gone from the packet filter: Services are not reached from here',
        {
          evidence: `iptables -t nat -S KUBE-SERVICES: no such chain${isFirewalld ? '; firewalld runs' : ''}`,
          mend: 'kubectl -n kube-system delete pods -l k8s-app=kube-proxy: they write them anew',
        },
      ),
    ];
  },
};

/** It runs on another mode than it was told, or not at all. */
export const proxyModules: Rule = {
  check: (patient) => {
    const { facts, containers } = patient;
    if (!patient.isNode || facts.modules.includes('ip_vs')) return [];
    const log = containers.find(({ pod }) => pod.startsWith('kube-proxy-'));
    const line = log?.lines.findLast(
      (one) => /ipvs.*(proxier|modules)|kernel modules are not loaded/i.test(one) && /can't|cannot|not|fall/i.test(one),
    );
    if (proxyMode(patient) !== 'ipvs' && line === undefined) return [];
    const modules = ['ip_vs', 'ip_vs_rr', 'ip_vs_wrr', 'ip_vs_sh', 'nf_conntrack'];
    return [
      trouble('ProxyModules', 'kube-proxy is to use IPVS, and the kernel has not loaded its modules', {
        evidence: line ?? 'mode: ipvs; no /sys/module/ip_vs',
        mend: `modprobe -a ${modules.join(' ')}, kept in /etc/modules-load.d, and kubectl -n kube-system delete pods -l k8s-app=kube-proxy`,
        fix: [{ kind: 'command', argv: ['modprobe', '-a', ...modules] }],
      }),
    ];
  },
};

/** CoreDNS asks the host's resolver, and that asks CoreDNS. */
export const dnsLoop: Rule = {
  check: ({ containers, facts }) => {
    const line = containers
      .filter(({ pod }) => pod.startsWith('coredns-'))
      .flatMap(({ lines }) => lines)
      .findLast((one) => /plugin\/loop: Loop/.test(one));
    if (line === undefined) return [];
    const mend = facts.systemdResolved
      ? 'resolvConf: /run/systemd/resolve/resolv.conf in the KubeletConfiguration, systemctl restart kubelet, and delete the CoreDNS pods'
      : 'name servers of the network, not 127.0.0.1, in the file that the kubelet’s resolvConf names (/etc/resolv.conf), and delete the CoreDNS pods';
    return [trouble('DnsLoop', 'CoreDNS forwards to itself and ends', { evidence: line, mend })];
  },
};

function proxyMode({ beyond, containers }: Patient): string {
  const told = beyond.api?.proxyMode;
  if (told !== undefined && told !== '') return told;
  const log = containers.find(({ pod }) => pod.startsWith('kube-proxy-'));
  const line = log?.lines.find((one) => /using (\w+) proxier/i.test(one));
  return /using (\w+) proxier/i.exec(line ?? '')?.[1]?.toLowerCase() ?? 'iptables';
}

function hasProxy({ containers }: Patient): boolean {
  return containers.some(({ pod }) => pod.startsWith('kube-proxy-'));
}
