import { pick, type Row, type Verified } from './table.ts';
import type { Version } from './version.ts';

export const verified: Verified = {
  table: 'phaseTrees',
  upTo: 37,
  source: 'release notes of v1.37 and the published output of its upgrade; its source was not seen',
};

/** A phase as kubeadm's `phase` sub-commands name it. */
export interface PhaseName {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** It runs, and is not shown in help. */
  readonly hidden?: boolean;
  /** kubeadm keeps the name and does nothing. */
  readonly noop?: boolean;
  /** It runs only with (or only without) the kubelet on the local API server, the gate ControlPlaneKubeletLocalMode. */
  readonly localMode?: boolean;
  readonly steps?: readonly PhaseName[];
}

export interface PhaseTrees {
  readonly init: readonly PhaseName[];
  readonly join: readonly PhaseName[];
  readonly reset: readonly PhaseName[];
  readonly upgradeApply: readonly PhaseName[];
  readonly upgradeNode: readonly PhaseName[];
}

/** Those of the phases that do something with the kubelet on the local API server (or not on it), their parts likewise. */
export function phasesIn(mode: 'local' | 'shared', phases: readonly PhaseName[]): readonly PhaseName[] {
  return phases
    .filter(({ localMode, noop }) => !noop && (localMode === undefined || localMode === (mode === 'local')))
    .map((phase) => (phase.steps === undefined ? phase : { ...phase, steps: phasesIn(mode, phase.steps) }));
}

/** The phases of kubeadm's commands at `version`, in the order in which they run. */
export function phaseTrees(version: Version): PhaseTrees {
  const known: Readonly<Record<string, PhaseName>> = {
    certs,
    etcd: { name: 'etcd', steps: [{ name: 'local' }] },
    'control-plane': { name: 'control-plane', steps: names('all', 'apiserver', 'controller-manager', 'scheduler') },
    kubeconfig: { name: 'kubeconfig', steps: pick(kubeconfigSteps, version) },
    'wait-control-plane': { name: 'wait-control-plane', hidden: pick(waitIsHidden, version) },
    'upload-config': uploadConfig,
    'bootstrap-token': { name: 'bootstrap-token', aliases: ['bootstraptoken'] },
    'kubelet-finalize': { name: 'kubelet-finalize', steps: pick(kubeletFinalizeSteps, version) },
    addon,
  };
  return {
    init: pick(initOrder, version).map((name) => known[name] ?? { name }),
    join: pick(join, version),
    reset: pick(reset, version),
    upgradeApply: pick(upgradeApply, version),
    upgradeNode: pick(upgradeNode, version),
  };
}

const certs: PhaseName = {
  name: 'certs',
  steps: names(
    'all',
    'ca',
    'apiserver',
    'apiserver-kubelet-client',
    'front-proxy-ca',
    'front-proxy-client',
    'etcd-ca',
    'etcd-server',
    'etcd-peer',
    'etcd-healthcheck-client',
    'apiserver-etcd-client',
    'sa',
  ),
};
const addon: PhaseName = { name: 'addon', steps: names('all', 'coredns', 'kube-proxy') };
const uploadConfig: PhaseName = {
  name: 'upload-config',
  aliases: ['uploadconfig'],
  steps: names('all', 'kubeadm', 'kubelet'),
};

const afterControlPlane = [
  'wait-control-plane',
  'upload-config',
  'upload-certs',
  'mark-control-plane',
  'bootstrap-token',
  'kubelet-finalize',
  'addon',
] as const;

const initOrder: readonly Row<readonly string[]>[] = [
  {
    from: '1.18',
    value: ['preflight', 'kubelet-start', 'certs', 'kubeconfig', 'control-plane', 'etcd', ...afterControlPlane],
    source: 'published output of kubeadm v1.18.0; release notes 1.19: #90892',
  },
  {
    from: '1.19',
    value: ['preflight', 'certs', 'kubeconfig', 'kubelet-start', 'control-plane', 'etcd', ...afterControlPlane],
    source: 'release notes 1.19: #90892; output of kubeadm v1.20.2',
  },
  {
    from: '1.26',
    value: [
      ...['preflight', 'certs', 'kubeconfig', 'kubelet-start', 'control-plane', 'etcd'],
      ...afterControlPlane,
      'show-join-command',
    ],
    source: 'release notes 1.26: #111512',
  },
  {
    from: '1.28',
    value: [
      ...['preflight', 'certs', 'kubeconfig', 'etcd', 'control-plane', 'kubelet-start'],
      ...afterControlPlane,
      'show-join-command',
    ],
    source: 'release notes 1.28: #117984; kubeadm v1.30 cmd/init.go; output of kubeadm v1.36.2',
  },
];

const kubeconfigSteps: readonly Row<readonly PhaseName[]>[] = [
  {
    from: '1.18',
    value: names('all', 'admin', 'kubelet', 'controller-manager', 'scheduler'),
    source: 'kubeadm v1.20.2 cmd/phases/init/kubeconfig.go',
  },
  {
    from: '1.29',
    value: names('all', 'admin', 'super-admin', 'kubelet', 'controller-manager', 'scheduler'),
    source: 'release notes 1.29: #121305',
  },
];

const waitIsHidden: readonly Row<boolean>[] = [
  { from: '1.18', value: true, source: 'kubeadm v1.20.2 cmd/phases/init/waitcontrolplane.go' },
  {
    from: '1.34',
    value: false,
    source: 'release notes 1.30: #123341 (a phase once the gate is GA), 1.34: #132594 (GA); kubeadm v1.36.2',
  },
];

const rotationStep = { name: 'experimental-cert-rotation' } as const;
const kubeletFinalizeSteps: readonly Row<readonly PhaseName[]>[] = [
  { from: '1.18', value: [{ name: 'all' }, rotationStep], source: 'kubeadm v1.20.2' },
  {
    from: '1.31',
    value: [{ name: 'all' }, { name: 'enable-client-cert-rotation' }, rotationStep],
    source: 'release notes 1.31: #124419 (the old name deprecated)',
  },
  {
    from: '1.32',
    value: names('all', 'enable-client-cert-rotation'),
    source: 'release notes 1.32: #126913',
  },
];

const prepare: PhaseName = {
  name: 'control-plane-prepare',
  steps: names('all', 'download-certs', 'certs', 'kubeconfig', 'control-plane'),
};
const checkEtcd: PhaseName = { name: 'check-etcd', hidden: true };
const beforeKubelet: readonly PhaseName[] = [{ name: 'preflight' }, prepare, checkEtcd, { name: 'kubelet-start' }];
const all: PhaseName = { name: 'all' };
const mark: PhaseName = { name: 'mark-control-plane' };
const wait: PhaseName = { name: 'wait-control-plane' };
const etcdFirst: readonly PhaseName[] = [
  { name: 'etcd-join', localMode: true },
  { name: 'kubelet-wait-bootstrap', localMode: true },
];
const hiddenEtcdFirst: readonly PhaseName[] = etcdFirst.map((phase) => ({ ...phase, hidden: true }));

const join: readonly Row<readonly PhaseName[]>[] = [
  {
    from: '1.18',
    value: [...beforeKubelet, joinControlPlane({ name: 'etcd' }, { name: 'update-status' })],
    source: 'kubeadm v1.20.2 cmd/join.go',
  },
  {
    from: '1.22',
    value: [...beforeKubelet, joinControlPlane({ name: 'etcd' }, { name: 'update-status', noop: true })],
    source: 'release notes 1.22: #101915',
  },
  {
    from: '1.30',
    value: [
      ...beforeKubelet,
      joinControlPlane({ name: 'etcd' }, { name: 'update-status', noop: true }),
      { ...wait, hidden: true },
    ],
    source: 'release notes 1.30: #123341 (experimental); kubeadm v1.30 cmd/join.go',
  },
  {
    from: '1.31',
    value: [
      ...beforeKubelet,
      ...hiddenEtcdFirst,
      joinControlPlane({ name: 'etcd', localMode: false }),
      { ...wait, hidden: true },
    ],
    source: 'release notes 1.31: #124373 (update-status removed), #125582 (gate ControlPlaneKubeletLocalMode, alpha)',
  },
  {
    from: '1.34',
    value: [...beforeKubelet, ...hiddenEtcdFirst, joinControlPlane({ name: 'etcd', localMode: false }), wait],
    source: 'release notes 1.34: #132594 (WaitForAllControlPlaneComponents GA)',
  },
  {
    from: '1.35',
    value: [...beforeKubelet, ...etcdFirst, joinControlPlane({ name: 'etcd', hidden: true, localMode: false }), wait],
    source: 'release notes 1.35: #134106',
  },
  {
    from: '1.36',
    value: [...beforeKubelet, ...etcdFirst, joinControlPlane(), wait],
    source: 'kubeadm v1.36.2 cmd/join.go; release notes 1.36: #135773',
  },
];

const cleanup: readonly PhaseName[] = [
  { name: 'remove-etcd-member' },
  { name: 'cleanup-node', aliases: ['cleanupnode'] },
];
const resetPreflight: PhaseName = { name: 'preflight', aliases: ['pre-flight'] };

const reset: readonly Row<readonly PhaseName[]>[] = [
  {
    from: '1.18',
    value: [resetPreflight, { name: 'update-cluster-status' }, ...cleanup],
    source: 'kubeadm v1.20.2 cmd/reset.go',
  },
  {
    from: '1.22',
    value: [resetPreflight, { name: 'update-cluster-status', noop: true }, ...cleanup],
    source: 'release notes 1.22: #101915',
  },
  { from: '1.23', value: [resetPreflight, ...cleanup], source: 'release notes 1.23: #105888' },
];

const upgradeApply: readonly Row<readonly PhaseName[]>[] = [
  { from: '1.18', value: [], source: 'kubeadm v1.20.2 cmd/upgrade/apply.go: no phases' },
  {
    from: '1.32',
    value: [
      ...names('preflight', 'control-plane'),
      { name: 'upload-config', steps: names('all', 'kubeadm', 'kubelet') },
      { name: 'kubeconfig', hidden: true },
      ...names('kubelet-config', 'bootstrap-token'),
      addon,
      { name: 'post-upgrade' },
    ],
    source: 'release notes 1.32: #126032; kubeadm v1.36.2',
  },
];

const upgradeNode: readonly Row<readonly PhaseName[]>[] = [
  {
    from: '1.18',
    value: names('preflight', 'control-plane', 'kubelet-config'),
    source: 'kubeadm v1.20.2 cmd/upgrade/node.go',
  },
  {
    from: '1.32',
    value: [
      ...names('preflight', 'control-plane'),
      { name: 'kubeconfig', hidden: true },
      { name: 'kubelet-config' },
      addon,
      { name: 'post-upgrade' },
    ],
    source: 'release notes 1.32: #127242; kubeadm v1.36.2',
  },
];

function joinControlPlane(...others: readonly PhaseName[]): PhaseName {
  return { name: 'control-plane-join', steps: [all, ...others, mark] };
}

function names(...list: readonly string[]): readonly PhaseName[] {
  return list.map((name) => ({ name }));
}
