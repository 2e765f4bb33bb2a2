import type { Taint } from '../config/types.ts';
import { pick, type Row, type Verified } from './table.ts';
import type { Version } from './version.ts';

export const verified: Verified = {
  table: 'upgrade',
  upTo: 37,
  source: 'release notes of v1.37 (kubeadm, all items); its source was not seen',
};

/** What an upgrade to the version does, and how far it may go. */
export interface UpgradeRelease {
  /** Minors that a kubelet may be behind the API server by kubeadm's own policy; Kubernetes allows more (skew.ts). */
  readonly kubeletSkew: number;
  /** Seconds that the job of the health check may take. */
  readonly healthJobSeconds: number;
  /** How SystemVerification counts before an upgrade; 'skipped': it is not looked at. */
  readonly systemVerification: 'skipped' | 'checked';
  /** When addons follow: with the first control plane, or with the last one. */
  readonly addons: 'at once' | 'unless gated' | 'after all control planes';
  /** What becomes of the marks of every control-plane node, in this minor's `apply` alone. */
  readonly marks: MarkChanges;
  /** Flags of kubeadm-flags.env that the kubelet of the version does not know any more, or that kubeadm takes away. */
  readonly removedKubeletFlags: readonly string[];
  /** The socket in kubeadm-flags.env and on the Node gets its scheme. */
  readonly socketScheme: boolean;
  /** The cgroup driver that kubelets go by unsaid is said before kubeadm would switch it. */
  readonly saysCgroupDriver: boolean;
  /** An addon whose ConfigMap is missing was left out on purpose. */
  readonly skipsMissingAddons: boolean;
  /** config.yaml of the kubelet is kept in /etc/kubernetes/tmp. */
  readonly keepsKubeletConfig: boolean;
  /** super-admin.conf is made, and admin.conf is issued anew for a group of its own. */
  readonly splitsAdmin: boolean;
  /** kubelet.conf of a control plane goes from the common endpoint to its own API server. */
  readonly localKubelet: 'never' | 'gated' | 'unless gated' | 'always';
  /** Image repositories that are no more, and what takes their place. */
  readonly movedRepositories: Readonly<Record<string, string>>;
  /** The API server serves them, and holds pods by them. */
  readonly podSecurityPolicies: boolean;
  /** Controller manager and scheduler elect their leader by a Lease alone. */
  readonly electsByLease: boolean;
}

/** Labels and taints that come and go on nodes that have a certain mark already. */
export interface MarkChanges {
  /** kubeadm's line. */
  readonly says?: string;
  /** Control planes by this label. */
  readonly having?: string;
  readonly addedLabels: readonly string[];
  readonly removedLabels: readonly string[];
  /** Beside the first, where that is there. */
  readonly addedTaint?: { readonly beside: Taint; readonly taint: Taint };
  readonly removedTaints: readonly Taint[];
}

/** The upgrade tables read at `version`. */
export function upgradeRelease(version: Version): UpgradeRelease {
  return {
    kubeletSkew: pick(kubeletSkew, version),
    healthJobSeconds: pick(healthJobSeconds, version),
    systemVerification: pick(systemVerification, version),
    addons: pick(addons, version),
    marks: pick(marks, version),
    removedKubeletFlags: pick(removedKubeletFlags, version),
    socketScheme: pick(socketScheme, version),
    saysCgroupDriver: pick(saysCgroupDriver, version),
    skipsMissingAddons: pick(skipsMissingAddons, version),
    keepsKubeletConfig: pick(keepsKubeletConfig, version),
    splitsAdmin: pick(splitsAdmin, version),
    localKubelet: pick(localKubelet, version),
    movedRepositories: pick(movedRepositories, version),
    podSecurityPolicies: pick(podSecurityPolicies, version),
    electsByLease: pick(electsByLease, version),
  };
}

const electsByLease: readonly Row<boolean>[] = [
  { from: '1.18', value: false, source: 'kubernetes#84084: endpointsleases since v1.17' },
  { from: '1.20', value: true, source: 'kubernetes#94603; --help of v1.20.2' },
];

const kubeletSkew: readonly Row<number>[] = [
  { from: '1.18', value: 1, source: 'kubeadm v1.20.2 phases/upgrade/policy.go' },
  { from: '1.29', value: 3, source: 'release notes 1.29: #120825; kubeadm v1.31.14 to v1.36.3 policy.go' },
];

const healthJobSeconds: readonly Row<number>[] = [
  // kubeadm until v1.35 waits 15 s, in which a scheduler that has just begun anew has not got its lease yet.
  { from: '1.18', value: 60, source: 'release notes 1.36: #136273; kubeadm v1.36.3 phases/upgrade/health.go' },
];

const systemVerification: readonly Row<UpgradeRelease['systemVerification']>[] = [
  { from: '1.18', value: 'skipped', source: 'kubeadm v1.20.2, v1.31.14 cmd/upgrade/common.go: root alone' },
  { from: '1.33', value: 'checked', source: 'kubeadm v1.34.9, v1.36.3 phases/upgrade/preflight.go' },
];

const addons: readonly Row<UpgradeRelease['addons']>[] = [
  { from: '1.18', value: 'at once', source: 'kubeadm v1.20.2 phases/upgrade/postupgrade.go' },
  { from: '1.28', value: 'unless gated', source: 'release notes 1.28: gate UpgradeAddonsBeforeControlPlane, off' },
  { from: '1.31', value: 'after all control planes', source: 'kubeadm v1.31.14 phases/upgrade/postupgrade.go' },
];

const master = 'node-role.kubernetes.io/master';
const controlPlane = 'node-role.kubernetes.io/control-plane';
const excluded = 'node.kubernetes.io/exclude-from-external-load-balancers';
const unmarked: MarkChanges = { addedLabels: [], removedLabels: [], removedTaints: [] };
const noSchedule = (key: string): Taint => ({ key, effect: 'NoSchedule' });

const marks: readonly Row<MarkChanges>[] = [
  { from: '1.18', value: unmarked, source: 'kubeadm v1.20.2 has the first' },
  {
    from: '1.20',
    value: {
      ...unmarked,
      says: `[upgrade/postupgrade] Applying label ${controlPlane}='' to Nodes with label ${master}='' (deprecated)`,
      having: master,
      addedLabels: [controlPlane],
    },
    source: 'release notes 1.20: #95382; kubeadm v1.20.2 postupgrade.go LabelOldControlPlaneNodes',
  },
  {
    from: '1.21',
    value: {
      ...unmarked,
      says: `[upgrade/postupgrade] Applying label ${controlPlane}='' to Nodes with label ${master}='' (deprecated)\n[upgrade/postupgrade] Applying label ${excluded}='' to control plane Nodes`,
      having: master,
      addedLabels: [controlPlane, excluded],
    },
    source: 'release notes 1.21: #98269, beside what 1.20 does',
  },
  { from: '1.22', value: { ...unmarked, having: controlPlane }, source: 'release notes 1.22: none' },
  {
    from: '1.24',
    value: {
      ...unmarked,
      says: `[upgrade/postupgrade] Removing the deprecated label ${master}='' from all control plane Nodes. After this step only the label ${controlPlane}='' will be present on control plane Nodes.\n[upgrade/postupgrade] Adding the new taint &Taint{Key:${controlPlane},Value:,Effect:NoSchedule,TimeAdded:<nil>,} to all control plane Nodes. After this step both taints &Taint{Key:${controlPlane},Value:,Effect:NoSchedule,TimeAdded:<nil>,} and &Taint{Key:${master},Value:,Effect:NoSchedule,TimeAdded:<nil>,} should be present on control plane Nodes.`,
      having: controlPlane,
      removedLabels: [master],
      addedTaint: { beside: noSchedule(master), taint: noSchedule(controlPlane) },
    },
    source: 'release notes 1.24: #107533, #109840',
  },
  {
    from: '1.25',
    value: {
      ...unmarked,
      says: `[upgrade/postupgrade] Removing the old taint &Taint{Key:${master},Value:,Effect:NoSchedule,TimeAdded:<nil>,} from all control plane Nodes. After this step only the &Taint{Key:${controlPlane},Value:,Effect:NoSchedule,TimeAdded:<nil>,} taint will be present on control plane Nodes.`,
      having: controlPlane,
      removedTaints: [noSchedule(master)],
    },
    source: 'release notes 1.25: #110095',
  },
  { from: '1.26', value: unmarked, source: 'release notes 1.26: none; kubeadm v1.31.14, v1.36.3' },
];

/** Flags of a kubelet that are the dockershim's. */
export const dockershim: readonly string[] = [
  'cni-bin-dir',
  'cni-cache-dir',
  'cni-conf-dir',
  'docker-endpoint',
  'experimental-dockershim-root-directory',
  'image-pull-progress-deadline',
  'network-plugin',
  'network-plugin-mtu',
  'non-masquerade-cidr',
] as const;

const removedKubeletFlags: readonly Row<readonly string[]>[] = [
  { from: '1.18', value: [], source: 'kubeadm v1.20.2: none' },
  {
    from: '1.24',
    value: dockershim,
    source: 'kubelet v1.24 has no dockershim and stops at its flags (kubernetes/website#36896); kubeadm leaves them',
  },
  {
    from: '1.26',
    value: [...dockershim, 'container-runtime'],
    source: 'release notes 1.26: #112000 (removed by kubeadm), 1.27: the kubelet knows it no more',
  },
  {
    from: '1.35',
    value: [...dockershim, 'container-runtime', 'pod-infra-container-image'],
    source: 'release notes 1.35: #133778; kubeadm#3281 (missed cases)',
  },
];

const socketScheme: readonly Row<boolean>[] = [
  { from: '1.18', value: false, source: 'kubeadm v1.20.2' },
  { from: '1.24', value: true, source: 'release notes 1.24: #107295, #110656 (never twice)' },
];

const saysCgroupDriver: readonly Row<boolean>[] = [
  { from: '1.18', value: false, source: 'kubeadm v1.20.2 leaves it to the kubelet' },
  { from: '1.21', value: true, source: 'release notes 1.22: #102133 (systemd where it is empty, on upgrades too)' },
];

const skipsMissingAddons: readonly Row<boolean>[] = [
  { from: '1.18', value: true, source: 'release notes 1.19: #89593; kubeadm v1.20.2, v1.31.14 postupgrade.go' },
  {
    from: '1.32',
    value: false,
    source: 'kubeadm v1.34.9, v1.36.3 cmd/phases/upgrade/addons.go: those that are disabled',
  },
];

const keepsKubeletConfig: readonly Row<boolean>[] = [
  { from: '1.18', value: false, source: 'kubeadm v1.20.2' },
  { from: '1.27', value: true, source: 'release notes 1.27: #114695; kubeadm v1.31.14, v1.36.3' },
];

const splitsAdmin: readonly Row<boolean>[] = [
  { from: '1.18', value: false, source: 'kubeadm v1.20.2' },
  { from: '1.29', value: true, source: 'release notes 1.29: #121305' },
  { from: '1.30', value: false, source: 'kubeadm v1.31.14, v1.36.3: gone' },
];

const localKubelet: readonly Row<UpgradeRelease['localKubelet']>[] = [
  { from: '1.18', value: 'never', source: 'kubeadm v1.20.2' },
  { from: '1.31', value: 'gated', source: 'kubeadm v1.31.14 postupgrade.go (ControlPlaneKubeletLocalMode, off)' },
  { from: '1.33', value: 'unless gated', source: 'kubeadm v1.34.9 (beta, on)' },
  { from: '1.35', value: 'always', source: 'kubeadm v1.36.3 cmd/phases/upgrade/apply/kubeconfig.go' },
];

const movedRepositories: readonly Row<Readonly<Record<string, string>>>[] = [
  { from: '1.18', value: {}, source: 'kubeadm v1.20.2' },
  {
    from: '1.25',
    value: { 'k8s.gcr.io': 'registry.k8s.io' },
    source: 'release notes 1.25: #110343; k8s.gcr.io is frozen since 2023, so kinit moves later ones too',
  },
];

const podSecurityPolicies: readonly Row<boolean>[] = [
  { from: '1.18', value: true, source: 'policy/v1beta1' },
  { from: '1.25', value: false, source: 'kubernetes.io/docs/reference/using-api/deprecation-guide/#psp-v125' },
];
