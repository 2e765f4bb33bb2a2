import { pick, type Row, type Verified } from './table.ts';
import type { Version } from './version.ts';

export const verified: Verified = {
  table: 'packages',
  upTo: 37,
  source: 'pkgs.k8s.io/core:/stable:/v1.37 in public use; release notes of v1.37 on containerd',
};

/** Which runtimes' packages a version works with. */
export interface PackageRelease {
  /** The series of containerd that is installed: `1` is any 1.x; undefined: the newest. */
  readonly containerd: string | undefined;
  /** The same for docker; undefined: the kubelet does not work with docker. */
  readonly docker: string | undefined;
}

/** The package tables read at `version`. */
export function packageRelease(version: Version): PackageRelease {
  return {
    containerd: pick(containerd, version),
    docker: pick(docker, version),
  };
}

const containerd: readonly Row<string | undefined>[] = [
  { from: '1.18', value: '1', source: 'CRI v1alpha2 left containerd with 2.0 (containerd RELEASES.md)' },
  { from: '1.23', value: undefined, source: 'kubernetes.io/blog/2021/12/07/kubernetes-1-23-release-announcement' },
  { from: '1.36', value: '2', source: 'kubernetes.io/blog/2025/12/17/kubernetes-v1-35-release: the last with 1.x' },
];

const docker: readonly Row<string | undefined>[] = [
  { from: '1.18', value: '19.03', source: 'kubeadm v1.20.2 system validators: validated up to 19.03' },
  { from: '1.21', value: '20.10', source: 'CHANGELOG-1.21: docker 20.10 is validated' },
  { from: '1.24', value: undefined, source: 'release notes v1.24: the dockershim was removed' },
];
