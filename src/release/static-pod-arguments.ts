import { pick, type Row, type Verified } from './table.ts';
import type { Version } from './version.ts';

export const verified: Verified = {
  table: 'staticPodArguments',
  upTo: 37,
  source: 'release notes of v1.37 (kubeadm, all items); its source was not seen',
};

export type StaticPodName = 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler' | 'etcd';

/** Whether kubeadm passes an argument: always, never, or as the etcd that it deploys demands. */
export type Presence = boolean | 'before etcd 3.6' | 'from etcd 3.6';

export type ArgumentPresence = Readonly<Record<StaticPodName, Readonly<Record<string, Presence>>>>;

/** The arguments that come or go, as they stand at `version`. */
export function argumentPresence(version: Version): ArgumentPresence {
  const at = (table: ArgumentTable) =>
    Object.fromEntries(Object.entries(table).map(([name, rows]) => [name, pick(rows, version)]));
  return {
    'kube-apiserver': at(argumentTables['kube-apiserver']),
    'kube-controller-manager': at(argumentTables['kube-controller-manager']),
    'kube-scheduler': at(argumentTables['kube-scheduler']),
    etcd: at(argumentTables.etcd),
  };
}

type ArgumentTable = Readonly<Record<string, readonly Row<Presence>[]>>;

const dualStackGate: readonly Row<Presence>[] = [
  { from: '1.18', value: true, source: 'kubeadm v1.20.2, where the gate IPv6DualStack is given' },
  { from: '1.24', value: false, source: 'CHANGELOG-1.24: kubeadm drops the gate IPv6DualStack' },
];

const insecurePortOfComponents: readonly Row<Presence>[] = [
  { from: '1.18', value: false, source: 'published v1.18 manifests' },
  { from: '1.19', value: true, source: 'CHANGELOG-1.19: kubeadm disables the insecure serving of both components' },
  { from: '1.23', value: false, source: 'CHANGELOG-1.23: kubeadm no longer sets --port' },
];

/** With the gate IPv6DualStack in the place of node-cidr-mask-size, whose lifetime they share. */
const nodeMaskByFamily: readonly Row<Presence>[] = [
  { from: '1.18', value: true, source: "kubeadm's own test of its arguments before --port=0, so up to v1.18" },
  { from: '1.20', value: false, source: 'kubeadm v1.20.2' },
];

/** Arguments that come or go; what is not listed is in every release. */
export const argumentTables: Readonly<Record<StaticPodName, ArgumentTable>> = {
  'kube-apiserver': {
    'insecure-port': [
      { from: '1.18', value: true, source: 'published v1.18 manifests, kubeadm v1.20.2' },
      {
        from: '1.22',
        value: false,
        source: 'CHANGELOG-1.22: kubeadm removes the deprecated --insecure-port; kubeadm v1.22.6',
      },
    ],
    'service-account-issuer': [
      { from: '1.18', value: false, source: 'published v1.18.0 to v1.18.3 manifests' },
      { from: '1.20', value: true, source: 'CHANGELOG-1.20, kubeadm v1.20.2' },
    ],
    'service-account-signing-key-file': [
      { from: '1.18', value: false, source: 'published v1.18.0 to v1.18.3 manifests' },
      { from: '1.20', value: true, source: 'CHANGELOG-1.20, kubeadm v1.20.2' },
    ],
    'feature-gates': dualStackGate,
  },
  'kube-controller-manager': {
    'node-cidr-mask-size': [
      { from: '1.18', value: true, source: 'published v1.19 manifests' },
      { from: '1.20', value: false, source: 'kubeadm v1.20.2' },
    ],
    'node-cidr-mask-size-ipv4': nodeMaskByFamily,
    'node-cidr-mask-size-ipv6': nodeMaskByFamily,
    port: insecurePortOfComponents,
    'feature-gates': dualStackGate,
  },
  'kube-scheduler': {
    port: insecurePortOfComponents,
    'feature-gates': dualStackGate,
  },
  etcd: {
    'experimental-initial-corrupt-check': [
      { from: '1.18', value: false, source: 'kubeadm v1.20.2' },
      { from: '1.22.10', value: true, source: 'kubernetes#109076, released after v1.22.9' },
      { from: '1.23', value: false, source: 'published manifests with etcd 3.5.1-0' },
      { from: '1.23.7', value: true, source: 'kubernetes#109075, released after v1.23.6' },
      { from: '1.24', value: true, source: 'CHANGELOG-1.24, kubernetes#109074; published manifests with etcd 3.5.3-0' },
      { from: '1.34', value: 'before etcd 3.6', source: 'kubernetes#132838; kubernetes#135701 describes the branch' },
      { from: '1.36', value: false, source: 'kubernetes#135701, kubeadm v1.36.2' },
    ],
    'experimental-watch-progress-notify-interval': [
      { from: '1.18', value: false, source: 'kubeadm v1.20.2' },
      { from: '1.25', value: true, source: 'CHANGELOG-1.25, kubernetes#111383; published manifests with etcd 3.5.4-0' },
      { from: '1.34', value: 'before etcd 3.6', source: 'kubernetes#132838; kubernetes#135701 describes the branch' },
      { from: '1.36', value: false, source: 'kubernetes#135701, kubeadm v1.36.2' },
    ],
    'feature-gates': [
      { from: '1.18', value: false, source: 'kubeadm v1.20.2' },
      { from: '1.34', value: 'from etcd 3.6', source: 'kubernetes#132838; published v1.34 manifests' },
      { from: '1.36', value: true, source: 'kubernetes#135701, kubeadm v1.36.2' },
    ],
    'watch-progress-notify-interval': [
      { from: '1.18', value: false, source: 'kubeadm v1.20.2' },
      { from: '1.34', value: 'from etcd 3.6', source: 'kubernetes#132838; published v1.34 manifests' },
      { from: '1.36', value: true, source: 'kubernetes#135701, kubeadm v1.36.2' },
    ],
  },
};
