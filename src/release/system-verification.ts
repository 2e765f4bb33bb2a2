import { pick, type Row, type Verified } from './table.ts';
import type { Version } from './version.ts';

export const verified: Verified = {
  table: 'systemVerification',
  upTo: 37,
  source: 'release notes of v1.37 name no other k8s.io/system-validators than v1.12.1',
};

/**
 * What kubeadm's SystemVerification wants of kernel, cgroups and docker: k8s.io/system-validators, by the version that
 * the release vendors. The specifications were read in that repository's tags (validators/types_unix.go,
 * cgroup_validator_linux.go); which release vendors which is cited row by row.
 */
export interface SystemVerification {
  readonly kernel: {
    readonly accepts: readonly RegExp[];
    readonly note: string;
    readonly severity: 'error' | 'warning';
  };
  readonly required: readonly KernelOption[];
  /** Beyond `required`, on a host of that cgroup version. */
  readonly requiredWith: { readonly 1: readonly KernelOption[]; readonly 2: readonly KernelOption[] };
  /** Missing ones are reported, never a problem. */
  readonly optional: readonly KernelOption[];
  readonly cgroups: { readonly 1: Controllers; readonly 2: Controllers };
  /** What a host on cgroup v1 is told; undefined: nothing. */
  readonly cgroupV1: { readonly message: string; readonly severity: 'error' | 'warning' } | undefined;
  readonly docker: {
    readonly versions: readonly RegExp[];
    readonly latest: string;
    readonly storage: readonly string[];
  };
}

/** Names without CONFIG_, the first one being the one that messages use last. */
export type KernelOption = readonly [name: string, ...aliases: string[]];

export interface Controllers {
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

/** The specification of the system-validators that kubeadm of `version` carries. */
export function systemVerification(version: Version): SystemVerification {
  return pick(rows, version);
}

const options = (names: string): readonly KernelOption[] => names.split(' ').map((name) => [name]);
const words = (names: string): readonly string[] => names.split(' ');

const basic = options('NAMESPACES NET_NS PID_NS IPC_NS UTS_NS');
const always: readonly KernelOption[] = [
  ...options('CPUSETS MEMCG INET EXT4_FS PROC_FS'),
  ['NETFILTER_XT_TARGET_REDIRECT', 'IP_NF_TARGET_REDIRECT'],
  ['NETFILTER_XT_MATCH_COMMENT'],
];
const storage: readonly KernelOption[] = [['OVERLAY_FS', 'OVERLAYFS_FS'], ['AUFS_FS'], ['BLK_DEV_DM']];
const none = { 1: [], 2: [] } as const;

const v1Controllers = words('cpu cpuacct cpuset devices freezer memory');
const v2Controllers = words('cpu cpuset devices freezer memory');

const v1_0_4: SystemVerification = {
  kernel: {
    accepts: [/^3\.[1-9][0-9].*$/, /^([4-9]|[1-9][0-9]+)\.([0-9]+)\.([0-9]+).*$/],
    note: '',
    severity: 'error',
  },
  required: [...basic, ...options('CGROUPS CGROUP_CPUACCT CGROUP_DEVICE CGROUP_FREEZER CGROUP_SCHED'), ...always],
  requiredWith: none,
  optional: storage,
  // It knows no cgroup v2; limits.ts refuses such hosts for v1.18.
  cgroups: {
    1: { required: v1Controllers, optional: [] },
    2: { required: v2Controllers, optional: [] },
  },
  cgroupV1: undefined,
  docker: {
    versions: [/1\.1[1-3]\..*/, /17\.0[3,6,9]\..*/, /18\.0[6,9]\..*/, /19\.03\..*/],
    latest: '19.03',
    storage: words('aufs overlay overlay2 devicemapper zfs'),
  },
};
const v1_1_2: SystemVerification = {
  ...v1_0_4,
  cgroups: {
    1: { required: v1Controllers, optional: words('hugetlb pids') },
    2: { required: v2Controllers, optional: words('hugetlb pids') },
  },
};
const v1_2_0: SystemVerification = {
  ...v1_1_2,
  cgroups: {
    1: { required: [...v1Controllers, 'pids'], optional: ['hugetlb'] },
    2: { required: [...v2Controllers, 'pids'], optional: ['hugetlb'] },
  },
};
const v1_4_0: SystemVerification = {
  ...v1_2_0,
  required: [
    ...basic,
    ...options('CGROUPS CGROUP_CPUACCT CGROUP_DEVICE CGROUP_FREEZER CGROUP_PIDS CGROUP_SCHED'),
    ...always,
    ['FAIR_GROUP_SCHED'],
  ],
  optional: [...storage, ...options('CFS_BANDWIDTH CGROUP_HUGETLB')],
  docker: { ...v1_2_0.docker, versions: [...v1_2_0.docker.versions, /20\.10\..*/], latest: '20.10' },
};
const v1_5_0: SystemVerification = {
  ...v1_4_0,
  optional: [...v1_4_0.optional, ...options('SECCOMP SECCOMP_FILTER')],
};
const v1_6_0: SystemVerification = {
  ...v1_5_0,
  docker: { ...v1_5_0.docker, storage: words('aufs btrfs overlay overlay2 devicemapper zfs') },
};
const v1_7_0: SystemVerification = {
  ...v1_6_0,
  cgroups: {
    1: { required: v1_6_0.cgroups[1].required, optional: words('hugetlb blkio') },
    2: { required: v1_6_0.cgroups[2].required, optional: words('hugetlb blkio') },
  },
};
const v1_8_0: SystemVerification = {
  ...v1_7_0,
  cgroups: { 1: v1_7_0.cgroups[1], 2: { ...v1_7_0.cgroups[2], optional: words('hugetlb io') } },
};
const v1_9_1: SystemVerification = {
  ...v1_8_0,
  kernel: {
    accepts: [/^4\.19.*$/, /^4\.[2-9][0-9].*$/, /^([5-9]|[1-9][0-9]+)\.([0-9]+)\.([0-9]+).*$/],
    note: 'Recommended LTS version from the 4.x series is 4.19. Any 5.x or 6.x versions are also supported. For cgroups v2 support, the minimal version is 4.15 and the recommended version is 5.8+',
    severity: 'error',
  },
  required: [
    ...basic,
    ...options('CGROUPS CGROUP_BPF CGROUP_CPUACCT CGROUP_DEVICE CGROUP_FREEZER CGROUP_PIDS CGROUP_SCHED'),
    ...always,
    ['FAIR_GROUP_SCHED'],
  ],
  cgroupV1: { message: 'cgroups v1 support is in maintenance mode, please migrate to cgroups v2', severity: 'warning' },
};
const withoutCgroupOptions = {
  required: [...basic, ['CGROUPS'], ...always, ['FAIR_GROUP_SCHED']],
  optional: v1_9_1.optional.filter(([name]) => name !== 'CGROUP_HUGETLB'),
} as const satisfies Partial<SystemVerification>;
const v1_9_2: SystemVerification = { ...v1_9_1, ...withoutCgroupOptions };
const v1_10_1: SystemVerification = {
  ...v1_9_1,
  kernel: {
    accepts: [/^5\.4.*$/, /^5\.10.*$/, /^5\.15.*$/, /^([6-9]|[1-9][0-9]+)\.([0-9]+)\.([0-9]+).*$/],
    note: 'Supported LTS versions from the 5.x series are 5.4, 5.10 and 5.15. Any 6.x version is also supported. For cgroups v2 support, the recommended version is 5.10 or newer',
    severity: 'warning',
  },
};
const v1_10_2: SystemVerification = { ...v1_10_1, ...withoutCgroupOptions };
const v1_12_1: SystemVerification = {
  ...v1_10_2,
  required: [...basic, ...always, ['FAIR_GROUP_SCHED']],
  requiredWith: {
    1: options('CGROUPS CGROUP_CPUACCT CGROUP_DEVICE CGROUP_FREEZER CGROUP_PIDS CGROUP_SCHED'),
    2: options('CGROUPS CGROUP_BPF CGROUP_PIDS CGROUP_SCHED'),
  },
  optional: v1_9_1.optional,
  cgroupV1: {
    message:
      "cgroups v1 support is deprecated and will be removed in a future release. Please migrate to cgroups v2. To explicitly enable cgroups v1 support for kubelet v1.35 or newer, you must set the kubelet configuration option 'FailCgroupV1' to 'false'. You must also explicitly skip this validation. For more information, see https://git.k8s.io/enhancements/keps/sig-node/5573-remove-cgroup-v1",
    severity: 'error',
  },
};

const rows: readonly Row<SystemVerification>[] = [
  {
    from: '1.18',
    value: v1_0_4,
    source: 'go.mod of v0.18.0 consumers: k8s.io/system-validators v1.0.4; types_unix.go at v1.0.4',
  },
  {
    from: '1.19',
    value: v1_1_2,
    source: 'CHANGELOG-1.19, dependencies: k8s.io/system-validators v1.1.2; kubernetes/kubernetes#89901',
  },
  { from: '1.20', value: v1_2_0, source: 'CHANGELOG-1.20, dependencies: v1.1.2 → v1.2.0; kubeadm v1.20.2 source' },
  { from: '1.21', value: v1_4_0, source: 'go.mod of v0.21.1 consumers: k8s.io/system-validators v1.4.0' },
  { from: '1.22', value: v1_5_0, source: 'CHANGELOG-1.23, dependencies since 1.22: v1.5.0 → v1.6.0' },
  { from: '1.23', value: v1_6_0, source: 'CHANGELOG-1.23, dependencies: v1.5.0 → v1.6.0' },
  { from: '1.24', value: v1_7_0, source: 'CHANGELOG-1.24, dependencies: v1.6.0 → v1.7.0' },
  {
    from: '1.26',
    value: v1_8_0,
    source: 'CHANGELOG-1.26, dependencies: v1.7.0 → v1.8.0; kubernetes/kubernetes#134097 says v1.31 still has it',
  },
  {
    from: '1.32',
    value: v1_9_1,
    source: 'dependencies v0.31.0 → v0.32.0: v1.8.0 → v1.9.1; kubernetes/kubernetes#129462 (RHEL 8 refused)',
  },
  { from: '1.32.10', value: v1_9_2, source: 'kubernetes/kubernetes#134090, merged after v1.32.9' },
  { from: '1.33', value: v1_9_1, source: 'go.mod of v0.33.0 consumers: v1.9.1; CHANGELOG-1.33' },
  { from: '1.33.6', value: v1_9_2, source: 'CHANGELOG-1.33, v1.33.6, dependencies: v1.9.1 → v1.9.2' },
  {
    from: '1.34',
    value: v1_10_1,
    source: 'CHANGELOG-1.34, dependencies: v1.9.1 → v1.10.1; kubernetes/kubernetes#131919 (warnings instead of errors)',
  },
  { from: '1.34.2', value: v1_10_2, source: 'kubernetes/kubernetes#134087, merged after v1.34.1' },
  {
    from: '1.35',
    value: v1_12_1,
    source: 'CHANGELOG-1.35, dependencies: v1.10.1 → v1.12.1; kubernetes/kubernetes#134744',
  },
  { from: '1.36', value: v1_12_1, source: 'kubeadm v1.36.2 source' },
];
