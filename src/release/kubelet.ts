import type { Structure } from './go-types.ts';
import { kubeletFields } from './kubelet-fields.ts';
import { pick, type Row, type Verified } from './table.ts';
import type { Version } from './version.ts';

export const verified: Verified = {
  table: 'kubelet',
  upTo: 37,
  source: 'release notes of v1.37 (kubeadm, all items); its source was not seen',
};

/** For which container runtime kubeadm passes a flag to the kubelet. */
export type FlagUse = 'never' | 'docker' | 'other runtimes' | 'always';

/** What the kubelet's flags and configuration hold. */
export interface KubeletRelease {
  /** Flags of kubeadm-flags.env that come or go. */
  readonly flags: Readonly<Record<string, FlagUse>>;
  /** Where an unset cgroupDriver comes from. */
  readonly cgroupDriver: 'kubelet' | 'docker' | 'systemd';
  /** Where systemd-resolved's resolv.conf is written: as a flag, in everybody's configuration, or in the node's. */
  readonly resolvConf: 'flag' | 'cluster' | 'node';
  /** The gate NodeLocalCRISocket: the socket in instance-config.yaml instead of a flag. */
  readonly nodeLocalCriSocket: 'absent' | 'off' | 'on' | 'locked';
  /** kubeadm's gate IPv6DualStack is handed to the kubelet. */
  readonly dualStackGate: boolean;
  /** The fields of KubeletConfiguration, with their types. */
  readonly fields: Structure;
}

/** The kubelet tables read at `version`. */
export function kubeletRelease(version: Version): KubeletRelease {
  return {
    flags: Object.fromEntries(Object.entries(flagTables).map(([name, rows]) => [name, pick(rows, version)])),
    cgroupDriver: pick(cgroupDriver, version),
    resolvConf: pick(resolvConf, version),
    nodeLocalCriSocket: pick(nodeLocalCriSocket, version),
    dualStackGate: pick(dualStackGate, version),
    fields: kubeletFields(version),
  };
}

const flagTables: Readonly<Record<string, readonly Row<FlagUse>[]>> = {
  'cgroup-driver': [
    { from: '1.18', value: 'docker', source: 'kubeadm v1.18 flags.go' },
    { from: '1.19', value: 'never', source: 'CHANGELOG-1.19: in the configuration instead' },
  ],
  'resolv-conf': [
    { from: '1.18', value: 'always', source: 'kubeadm v1.18 flags.go' },
    { from: '1.19', value: 'never', source: 'CHANGELOG-1.19: in the configuration instead' },
  ],
  'network-plugin': [
    { from: '1.18', value: 'docker', source: 'kubeadm v1.20.2' },
    { from: '1.24', value: 'never', source: 'the kubelet of v1.24 has no dockershim and no such flag' },
  ],
  'container-runtime': [
    { from: '1.18', value: 'other runtimes', source: 'kubeadm v1.20.2' },
    { from: '1.26', value: 'never', source: 'CHANGELOG-1.26: kubeadm no longer sets the deprecated flag' },
  ],
  'container-runtime-endpoint': [
    { from: '1.18', value: 'other runtimes', source: 'kubeadm v1.20.2' },
    { from: '1.24', value: 'always', source: 'kubeadm flags.go after dockershim' },
  ],
  'pod-infra-container-image': [
    { from: '1.18', value: 'docker', source: 'kubeadm v1.20.2' },
    { from: '1.21', value: 'always', source: 'CHANGELOG-1.21: for every runtime; kubeadm v1.22.6' },
    { from: '1.35', value: 'never', source: 'CHANGELOG-1.35: the kubelet refuses the flag; kubeadm v1.36.2' },
  ],
};

const cgroupDriver: readonly Row<KubeletRelease['cgroupDriver']>[] = [
  { from: '1.18', value: 'kubelet', source: 'kubeadm v1.18: a flag, for docker' },
  { from: '1.19', value: 'docker', source: 'kubeadm v1.20.2: from `docker info`' },
  { from: '1.21', value: 'systemd', source: 'CHANGELOG-1.21 (init), CHANGELOG-1.22 (always); kubeadm v1.22.6' },
];

const resolvConf: readonly Row<KubeletRelease['resolvConf']>[] = [
  { from: '1.18', value: 'flag', source: 'kubeadm v1.18 flags.go' },
  { from: '1.19', value: 'cluster', source: 'CHANGELOG-1.19; kubeadm v1.20.2' },
  { from: '1.31', value: 'node', source: 'CHANGELOG-1.31; kubeadm v1.36.2' },
];

const nodeLocalCriSocket: readonly Row<KubeletRelease['nodeLocalCriSocket']>[] = [
  { from: '1.18', value: 'absent', source: 'kubeadm v1.20.2' },
  { from: '1.32', value: 'off', source: 'CHANGELOG-1.32: alpha' },
  { from: '1.34', value: 'on', source: 'CHANGELOG-1.34: beta' },
  { from: '1.36', value: 'locked', source: 'CHANGELOG-1.36: GA; kubeadm v1.36.2' },
];

const dualStackGate: readonly Row<boolean>[] = [
  { from: '1.18', value: false, source: 'kubeadm v1.18 componentconfigs/kubelet.go' },
  { from: '1.20', value: true, source: 'kubeadm v1.20.2' },
  { from: '1.24', value: false, source: 'CHANGELOG-1.24: kubeadm drops the gate IPv6DualStack' },
];
