import { type SystemVerification, systemVerification } from './system-verification.ts';
import { pick, type Row, type Verified } from './table.ts';
import { parseVersion, type Version } from './version.ts';

export const verified: Verified = {
  table: 'limits',
  upTo: 37,
  source: 'release notes of v1.37: containerd 1.7 and cgroup v1 are as with v1.36',
};

/** What a machine brings that decides which Kubernetes can run on it. */
export interface MachineTraits {
  /** `uname -r` */
  readonly kernel: string;
  readonly cgroup: 1 | 2 | undefined;
  /** The kubelet is told to run on cgroup v1 all the same (failCgroupV1: false). */
  readonly allowCgroupV1: boolean;
  readonly runtime: { readonly kind: 'docker' | 'containerd' | 'other'; readonly version: string | undefined };
}

/** A combination that cannot work: what, and what would. */
export interface Limit {
  readonly name: LimitName;
  readonly message: string;
  readonly severity: 'error' | 'warning';
}

/**
 * glibc is none of them: all but the kubelet is static, a runtime comes with the distribution's packages, and kubelets up to v1.37
 * are built on Debian 11 (glibc 2.31) or older so that they ask little of it (kubernetes/release#3249, #3437); which symbols a
 * release asks for nobody has said, its package names none (#3246).
 */
export type LimitName = 'kernel' | 'cgroup' | 'runtime';

/** Everything about `machine` that Kubernetes `version` does not work with, or warns of. */
export function limitsOf(machine: MachineTraits, version: Version): readonly Limit[] {
  const system = systemVerification(version);
  return [
    ...kernelLimit(machine, system),
    ...cgroupLimits(machine, system, version),
    ...runtimeLimits(machine, version),
  ];
}

/** The newest older minor, else the oldest newer one, on which `machine` works without a word; undefined: none does. */
export function nearestMinor(
  machine: MachineTraits,
  version: Version,
  minors: { readonly oldest: number; readonly newest: number },
): number | undefined {
  const works = (minor: number) => limitsOf(machine, parseVersion(`1.${minor}.0`)).length === 0;
  const older = range(minors.oldest, version.minor - 1).reverse();
  const newer = range(version.minor + 1, minors.newest);
  return [...older, ...newer].find(works);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at);
}

/** Whether the kernel is one that kubeadm's SystemVerification accepts. */
function kernelLimit({ kernel }: MachineTraits, { kernel: spec }: SystemVerification): readonly Limit[] {
  if (spec.accepts.some((pattern) => pattern.test(kernel))) return [];
  const message = spec.note
    ? `kernel release ${kernel} is unsupported. ${spec.note}`
    : `unsupported kernel release: ${kernel}`;
  return [{ name: 'kernel', message, severity: spec.severity }];
}

function cgroupLimits(machine: MachineTraits, { cgroupV1 }: SystemVerification, version: Version): readonly Limit[] {
  if (machine.cgroup === 2 && !pick(cgroupV2, version)) {
    const message = `the kubelet of ${version.text} does not run on a host with cgroup v2`;
    return [{ name: 'cgroup', message, severity: 'error' }];
  }
  if (machine.cgroup !== 1 || cgroupV1 === undefined) return [];
  const severity = machine.allowCgroupV1 ? 'warning' : cgroupV1.severity;
  return [{ name: 'cgroup', message: cgroupV1.message, severity }];
}

function runtimeLimits({ runtime }: MachineTraits, version: Version): readonly Limit[] {
  const refuse = (message: string): Limit => ({ name: 'runtime', message, severity: 'error' });
  const served = pick(runtimeApis, version);
  if (runtime.kind === 'docker' && !served.includes('dockershim')) {
    return [refuse(`docker's socket is not served by ${version.text}: the kubelet lost the dockershim with v1.24`)];
  }
  const spoken = runtime.kind === 'containerd' ? containerdApis(runtime.version) : undefined;
  if (spoken === undefined || spoken.some((api) => served.includes(api))) return [];
  const wanted = served.filter((api) => api !== 'dockershim').map((api) => `CRI ${api}`);
  const advice = wanted.includes('CRI v1')
    ? 'containerd 1.6 is the oldest that has it'
    : 'containerd 1.7 is the newest that has it';
  return [
    refuse(`${version.text} needs ${wanted.join(' or ')}, which containerd ${runtime.version} has not: ${advice}`),
  ];
}

type RuntimeApi = 'dockershim' | 'v1alpha2' | 'v1';

/** What containerd speaks: CRI v1 from 1.6 on, v1alpha2 until 1.7 (its RELEASES.md; containerd/containerd#7863). */
function containerdApis(version: string | undefined): readonly RuntimeApi[] | undefined {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(version ?? '') ?? [];
  if (major === undefined) return undefined;
  if (Number(major) >= 2) return ['v1'];
  return Number(minor) >= 6 ? ['v1', 'v1alpha2'] : ['v1alpha2'];
}

const runtimeApis: readonly Row<readonly RuntimeApi[]>[] = [
  { from: '1.18', value: ['dockershim', 'v1alpha2'], source: 'kubelet v1.20.2 source' },
  {
    from: '1.23',
    value: ['dockershim', 'v1', 'v1alpha2'],
    source: 'https://kubernetes.io/blog/2021/12/07/kubernetes-1-23-release-announcement/ (CRI v1 is default)',
  },
  { from: '1.24', value: ['v1', 'v1alpha2'], source: 'release notes v1.24: the dockershim was removed' },
  { from: '1.26', value: ['v1'], source: 'kubernetes/kubernetes#110618: CRI v1alpha2 was dropped' },
];

const cgroupV2: readonly Row<boolean>[] = [
  { from: '1.18', value: false, source: 'kubernetes-sigs/kind#2082: kubelets before v1.19 do not start' },
  { from: '1.19', value: true, source: 'kubernetes/kubernetes#85218' },
];
