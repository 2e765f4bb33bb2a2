import { pick, type Row, type Verified } from './table.ts';
import type { Version } from './version.ts';

export const verified: Verified = {
  table: 'skew',
  upTo: 37,
  source: 'kubernetes.io/releases/version-skew-policy of v1.37; etcd.io/docs/v3.7/upgrades/upgrade_3_7',
};

/** What etcd has to be before a version brings the next minor of it. */
export interface EtcdBefore {
  /** No member may be older. */
  readonly atLeast: string;
  /** The tag that brings them there. */
  readonly tag: string;
}

/** How far parts of a cluster may be from each other. */
export interface SkewRelease {
  /** How many minors a kubelet of this version may be older than an API server. */
  readonly kubeletLag: number;
  /** undefined: any etcd of the version before it. */
  readonly etcdBefore: EtcdBefore | undefined;
}

/** The skew tables read at `version`. */
export function skewRelease(version: Version): SkewRelease {
  return { kubeletLag: pick(kubeletLag, version), etcdBefore: pick(etcdBefore, version) };
}

const kubeletLag: readonly Row<number>[] = [
  { from: '1.18', value: 2, source: 'kubernetes.io/releases/version-skew-policy: kubelet < 1.25' },
  { from: '1.25', value: 3, source: 'kubernetes.io/releases/version-skew-policy, from API server 1.28 on (KEP-3935)' },
];

const etcdBefore: readonly Row<EtcdBefore | undefined>[] = [
  { from: '1.18', value: undefined, source: 'etcd.io/docs/v3.5/upgrades/upgrade_3_5: any 3.4' },
  {
    from: '1.34',
    value: { atLeast: '3.5.26', tag: '3.5.26-0' },
    source:
      'etcd.io/blog/2025/zombie_members_upgrade: 3.5.26 before 3.6; kubeadm up to v1.33 has 3.5.24 (kubeadm#3247)',
  },
  {
    from: '1.37',
    value: { atLeast: '3.6.11', tag: '3.6.11-0' },
    source: 'etcd.io/docs/v3.7/upgrades/upgrade_3_7: 3.6.11 before 3.7; kubeadm v1.36 has 3.6.8',
  },
];
