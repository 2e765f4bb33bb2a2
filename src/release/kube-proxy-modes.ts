import { pick, type Row, upTo, type Verified } from './table.ts';
import type { Version } from './version.ts';

export const verified: Verified = {
  table: 'kubeProxyModes',
  upTo: 37,
  source: 'kube-proxy v1.36.3 validateProxyModeLinux; release notes 1.37: #139067, #139777',
};

/** The modes that kube-proxy of `version` takes on Linux; one that needs a feature gate, with the gate. */
export function kubeProxyModes(version: Version): readonly ProxyMode[] {
  return pick(modes, version);
}

/** Feature gates that kube-proxy of `version` no longer has, and the minor with which each went. */
export function goneKubeProxyGates(version: Version): ReadonlyMap<string, string> {
  return new Map(upTo(goneGates, version).map(({ gate, since }) => [gate, since]));
}

export interface ProxyMode {
  readonly name: string;
  readonly gate?: string;
}

const iptables = { name: 'iptables' };
const ipvs = { name: 'ipvs' };

const modes: readonly Row<readonly ProxyMode[]>[] = [
  {
    from: '1.18',
    value: [iptables, ipvs, { name: 'userspace' }],
    source: 'kube-proxy v1.20.2 pkg/proxy/apis/config/validation validateProxyModeLinux',
  },
  { from: '1.26', value: [iptables, ipvs], source: 'release notes 1.26: kubernetes/kubernetes#112133' },
  {
    from: '1.29',
    value: [iptables, ipvs, { name: 'nftables', gate: 'NFTablesProxyMode' }],
    source: 'KEP-3866: alpha in 1.29',
  },
  {
    from: '1.31',
    value: [iptables, ipvs, { name: 'nftables' }],
    source: 'KEP-3866: beta and on in 1.31; kube-proxy v1.36.3 validateProxyModeLinux',
  },
];

/** Those that people still copy into a KubeProxyConfiguration. */
const goneGates: readonly Row<{ readonly gate: string; readonly since: string }>[] = [
  {
    from: '1.20',
    value: { gate: 'SupportIPVSProxyMode', since: 'v1.20' },
    source: 'kubernetes/kubernetes#94514; kube-proxy v1.20.2 --help has it not',
  },
];
