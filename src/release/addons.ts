import type { Structure } from './go-types.ts';
import { kubeProxyFields } from './kube-proxy-fields.ts';
import { pick, type Row, type Verified } from './table.ts';
import type { Version } from './version.ts';

export const verified: Verified = {
  table: 'addons',
  upTo: 37,
  source: 'release notes of v1.37; the Corefile and the manifests of its source were not seen',
};

/** How CoreDNS and kube-proxy are installed. */
export interface AddonRelease {
  readonly coreDns: CoreDnsRelease;
  readonly kubeProxy: KubeProxyRelease;
  /** ConfigMaps of generated component configurations carry the hash of their data. */
  readonly componentHash: boolean;
}

export interface CoreDnsRelease {
  /** `kubernetes.io/name` of the Service. */
  readonly serviceName: string;
  /** Taints of control-plane nodes that the pods tolerate. */
  readonly toleratedTaints: readonly string[];
  /** Replicas prefer different nodes. */
  readonly antiAffinity: boolean;
  /** The probes go to ports with names. */
  readonly namedProbePorts: boolean;
  /** How the container drops every capability. */
  readonly dropCapability: string;
  /** The ClusterRole may get nodes, which only the federation plugin ever did. */
  readonly getsNodes: boolean;
  readonly readsEndpointSlices: boolean;
  /** Limit of queries forwarded at once. */
  readonly maxConcurrent: number | undefined;
  /** Answers of the cluster's own zone are not cached. */
  readonly uncachedClusterZone: boolean;
  /** `--patches` knows the target corednsdeployment. */
  readonly patchable: boolean;
}

export interface KubeProxyRelease {
  /** The pods tolerate CriticalAddonsOnly by name, beside tolerating everything. */
  readonly toleratesCriticalAddons: boolean;
  /** What an unset mode is written as; undefined: empty. */
  readonly defaultMode: string | undefined;
  /** What is said where the mode is ipvs; undefined: nothing. */
  readonly ipvsWarning: string | undefined;
  /** `--patches` knows the target kubeproxydaemonset. */
  readonly patchable: boolean;
  /** In which order kubeadm creates the objects. */
  readonly order: readonly KubeProxyObject[];
  /** The fields of KubeProxyConfiguration, with their types. */
  readonly fields: Structure;
}

export type KubeProxyObject = 'configuration' | 'daemonset' | 'account' | 'roles';

/** The addons tables read at `version`. */
export function addonRelease(version: Version): AddonRelease {
  return {
    coreDns: {
      serviceName: pick(serviceName, version),
      toleratedTaints: pick(toleratedTaints, version),
      antiAffinity: pick(antiAffinity, version),
      namedProbePorts: pick(namedProbePorts, version),
      dropCapability: pick(dropCapability, version),
      getsNodes: pick(getsNodes, version),
      readsEndpointSlices: pick(readsEndpointSlices, version),
      maxConcurrent: pick(maxConcurrent, version),
      uncachedClusterZone: pick(uncachedClusterZone, version),
      patchable: pick(patchable, version),
    },
    kubeProxy: {
      toleratesCriticalAddons: pick(toleratesCriticalAddons, version),
      defaultMode: pick(defaultMode, version),
      ipvsWarning: pick(ipvsWarning, version),
      patchable: pick(kubeProxyPatchable, version),
      order: pick(kubeProxyOrder, version),
      fields: kubeProxyFields(version),
    },
    componentHash: pick(componentHash, version),
  };
}

const master = 'node-role.kubernetes.io/master';
const controlPlane = 'node-role.kubernetes.io/control-plane';

const serviceName: readonly Row<string>[] = [
  { from: '1.18', value: 'KubeDNS', source: 'output of kubeadm v1.20.2' },
  {
    from: '1.21',
    value: 'CoreDNS',
    source: 'kubernetes/kubernetes#99646 removes kube-dns and its Service; kubeadm v1.22 addons/dns/manifests.go',
  },
];

const toleratedTaints: readonly Row<readonly string[]>[] = [
  { from: '1.18', value: [master], source: 'kubeadm before kubernetes/kubernetes#95382' },
  { from: '1.20', value: [master, controlPlane], source: 'release notes 1.20: #95382; output of kubeadm v1.20.2' },
  { from: '1.26', value: [controlPlane], source: 'release notes 1.26: #112008; output of kubeadm v1.36.2' },
];

const antiAffinity: readonly Row<boolean>[] = [
  { from: '1.18', value: false, source: 'output of kubeadm v1.20.2' },
  { from: '1.25', value: true, source: 'release notes 1.25: #110593; output of kubeadm v1.36.2' },
];

const namedProbePorts: readonly Row<boolean>[] = [
  { from: '1.18', value: false, source: 'output of kubeadm v1.20.2; kubeadm v1.30 addons/dns/manifests.go' },
  { from: '1.34', value: true, source: 'release notes 1.34: #131587; output of kubeadm v1.36.2' },
];

const dropCapability: readonly Row<string>[] = [
  { from: '1.18', value: 'all', source: 'output of kubeadm v1.20.2' },
  { from: '1.29', value: 'ALL', source: 'kubernetes/kubernetes#121384 (merged October 2023)' },
];

const getsNodes: readonly Row<boolean>[] = [
  { from: '1.18', value: true, source: 'output of kubeadm v1.20.2; kubeadm v1.22 addons/dns/manifests.go' },
  { from: '1.28', value: false, source: 'kubernetes/kubernetes#117521 (merged May 2023)' },
];

const readsEndpointSlices: readonly Row<boolean>[] = [
  { from: '1.18', value: false, source: 'output of kubeadm v1.20.2' },
  { from: '1.22', value: true, source: 'release notes 1.22: #102466; kubeadm v1.22.6' },
];

const maxConcurrent: readonly Row<number | undefined>[] = [
  { from: '1.18', value: undefined, source: 'Corefile of CoreDNS 1.6.7; coredns/corefile-migration#46' },
  { from: '1.19', value: 1000, source: 'release notes 1.19: #92651 (CoreDNS 1.7.0); coredns/deployment#233' },
];

const uncachedClusterZone: readonly Row<boolean>[] = [
  { from: '1.18', value: false, source: 'output of kubeadm v1.20.2; kubeadm v1.30 addons/dns/manifests.go' },
  { from: '1.32', value: true, source: 'release notes 1.32: #128359; output of kubeadm v1.36.2' },
];

const patchable: readonly Row<boolean>[] = [
  { from: '1.18', value: false, source: 'kubeadm v1.20.2 patches' },
  { from: '1.31', value: true, source: 'release notes 1.31: #124820 (corednsdeployment)' },
];

const toleratesCriticalAddons: readonly Row<boolean>[] = [
  { from: '1.18', value: true, source: 'output of kubeadm v1.20.2' },
  { from: '1.22', value: false, source: 'release notes 1.22: #101966; kubeadm v1.22.6' },
];

const defaultMode: readonly Row<string | undefined>[] = [
  { from: '1.18', value: undefined, source: 'output of kubeadm v1.20.2 and v1.36.2: mode: ""' },
  { from: '1.37', value: 'iptables', source: 'release notes 1.37: kubernetes/kubernetes#139777' },
];

const ipvsWarning: readonly Row<string | undefined>[] = [
  { from: '1.18', value: undefined, source: 'kubeadm v1.36.3 componentconfigs/kubeproxy.go says nothing of it' },
  {
    from: '1.37',
    value:
      'kube-proxy mode "ipvs" is deprecated since v1.35: take mode "nftables", or "iptables" where the kernel is older than 5.13',
    source:
      'release notes 1.37: kubernetes/kubernetes#139067; the kernel: kubernetes.io/docs/reference/networking/virtual-ips',
  },
];

const kubeProxyPatchable: readonly Row<boolean>[] = [
  { from: '1.18', value: false, source: 'kubeadm v1.36.3 patches' },
  { from: '1.37', value: true, source: 'release notes 1.37: kubernetes/kubernetes#138090 (kubeproxydaemonset)' },
];

const kubeProxyOrder: readonly Row<readonly KubeProxyObject[]>[] = [
  { from: '1.18', value: ['account', 'configuration', 'daemonset', 'roles'], source: 'output of kubeadm v1.20.2' },
  {
    from: '1.25',
    value: ['configuration', 'daemonset', 'account', 'roles'],
    source: 'release notes 1.25: #109995 (--print-manifest); kubeadm v1.30 addons/proxy/proxy.go; output of v1.36.2',
  },
];

const componentHash: readonly Row<boolean>[] = [
  { from: '1.18', value: false, source: 'kubeadm before kubernetes/kubernetes#86070' },
  { from: '1.19', value: true, source: 'release notes 1.19: #86070 (generated and user-supplied are told apart)' },
];
