import type { Taint } from '../config/types.ts';
import { pick, type Row, type Verified } from './table.ts';
import type { Version } from './version.ts';

export const verified: Verified = {
  table: 'node',
  upTo: 37,
  source: 'release notes of v1.37 (kubeadm, all items); its source was not seen',
};

/** What a control-plane node is marked with, and where its kubelet's configuration is kept in the cluster. */
export interface NodeRelease {
  /** In kubeadm's order; their values are empty. */
  readonly controlPlaneLabels: readonly string[];
  /** What a control-plane node gets where the configuration names no taints. */
  readonly controlPlaneTaints: readonly Taint[];
  /** How kubeadm's line names the labels. */
  readonly labelsLine: LabelsLine;
  /** The Node carries its CRI socket in `kubeadm.alpha.kubernetes.io/cri-socket`. */
  readonly criSocketAnnotation: boolean;
  /** The feature gate NodeLocalCRISocket may say otherwise. */
  readonly criSocketGated: boolean;
  /** The ConfigMap in kube-system that holds the KubeletConfiguration. */
  readonly kubeletConfigMap: string;
  /** The Role and RoleBinding that let nodes read it. */
  readonly kubeletConfigRole: string;
  /** The namespace that kubeadm writes into its cluster-wide `kubeadm:get-nodes`; the API server drops it. */
  readonly getNodesNamespace: string | undefined;
  /** Where a kubelet asks for its certificate. */
  readonly certificatesApi: string;
  /** kubeadm-config holds a ClusterStatus beside the ClusterConfiguration. */
  readonly clusterStatus: boolean;
}

export type LabelsLine = 'quoted' | 'deprecated-control-plane' | 'deprecated-master' | 'plain';

/** The node tables read at `version`. */
export function nodeRelease(version: Version): NodeRelease {
  const kubeletConfigMap = pick(kubeletConfigName, version).replace('MINOR', `${version.major}.${version.minor}`);
  return {
    controlPlaneLabels: pick(controlPlaneLabels, version),
    controlPlaneTaints: pick(controlPlaneTaints, version),
    labelsLine: pick(labelsLine, version),
    criSocketAnnotation: pick(criSocketAnnotation, version),
    criSocketGated: pick(criSocketGated, version),
    kubeletConfigMap,
    kubeletConfigRole: `kubeadm:${kubeletConfigMap}`,
    getNodesNamespace: pick(getNodesNamespace, version),
    certificatesApi: pick(certificatesApi, version),
    clusterStatus: pick(clusterStatus, version),
  };
}

const certificatesApi: readonly Row<string>[] = [
  { from: '1.18', value: 'certificates.k8s.io/v1beta1', source: 'the API of v1.18' },
  { from: '1.19', value: 'certificates.k8s.io/v1', source: 'release notes 1.19: #91713 (v1beta1 goes with 1.22)' },
];

const getNodesNamespace: readonly Row<string | undefined>[] = [
  { from: '1.18', value: 'kube-system', source: 'output of kubeadm v1.20.2' },
  {
    from: '1.31',
    value: undefined,
    source: 'kubeadm v1.31.14 phases/bootstraptoken/node/tlsbootstrap.go; when it went changes nothing in a cluster',
  },
];

const master = 'node-role.kubernetes.io/master';
const controlPlane = 'node-role.kubernetes.io/control-plane';
const excludeFromLoadBalancers = 'node.kubernetes.io/exclude-from-external-load-balancers';

/** Keys of all labels, taints and annotations that kubeadm marks control planes with, in any release. */
export const markKeys: readonly string[] = [
  master,
  controlPlane,
  excludeFromLoadBalancers,
  'kubeadm.alpha.kubernetes.io/cri-socket',
];

const controlPlaneLabels: readonly Row<readonly string[]>[] = [
  { from: '1.18', value: [master], source: 'kubeadm v1.18 markcontrolplane; release notes 1.20: #95382' },
  { from: '1.20', value: [master, controlPlane], source: 'release notes 1.20: #95382; output of kubeadm v1.20.2' },
  {
    from: '1.21',
    value: [master, controlPlane, excludeFromLoadBalancers],
    source: 'release notes 1.21: #98269; output of kubeadm v1.22.6',
  },
  {
    from: '1.24',
    value: [controlPlane, excludeFromLoadBalancers],
    source: 'release notes 1.24: #107533; output of kubeadm v1.36.2',
  },
];

const controlPlaneTaints: readonly Row<readonly Taint[]>[] = [
  { from: '1.18', value: [noSchedule(master)], source: 'output of kubeadm v1.20.2' },
  {
    from: '1.24',
    value: [noSchedule(master), noSchedule(controlPlane)],
    source: 'release notes 1.24: #107533 (both taints; the old one first)',
  },
  { from: '1.25', value: [noSchedule(controlPlane)], source: 'release notes 1.25: #110095; output of kubeadm v1.36.2' },
];

const labelsLine: readonly Row<LabelsLine>[] = [
  { from: '1.18', value: 'quoted', source: 'published output of kubeadm v1.18.0' },
  { from: '1.20', value: 'deprecated-control-plane', source: 'output of kubeadm v1.20.2' },
  { from: '1.21', value: 'deprecated-master', source: 'kubeadm v1.22 markcontrolplane' },
  { from: '1.24', value: 'plain', source: 'release notes 1.24: #107533; output of kubeadm v1.36.2' },
];

const criSocketAnnotation: readonly Row<boolean>[] = [
  { from: '1.18', value: true, source: 'output of kubeadm v1.20.2' },
  { from: '1.34', value: false, source: 'release notes 1.34: #131981 (NodeLocalCRISocket on by default)' },
];

const criSocketGated: readonly Row<boolean>[] = [
  { from: '1.18', value: false, source: 'kubeadm v1.20.2 features' },
  { from: '1.32', value: true, source: 'release notes 1.32: #128031 (NodeLocalCRISocket, alpha)' },
  { from: '1.36', value: false, source: 'kubeadm v1.36.2 features (GA and locked)' },
];

const kubeletConfigName: readonly Row<string>[] = [
  { from: '1.18', value: 'kubelet-config-MINOR', source: 'output of kubeadm v1.20.2' },
  {
    from: '1.24',
    value: 'kubelet-config',
    source: 'release notes 1.24: #108027 (UnversionedKubeletConfigMap on by default), 1.25: #110327 (locked)',
  },
];

const clusterStatus: readonly Row<boolean>[] = [
  { from: '1.18', value: true, source: 'output of kubeadm v1.20.2' },
  { from: '1.22', value: false, source: 'release notes 1.22: #101915; output of kubeadm v1.22.6' },
];

function noSchedule(key: string): Taint {
  return { key, effect: 'NoSchedule' };
}
