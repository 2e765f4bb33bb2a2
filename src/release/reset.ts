import { pick, type Row, type Verified } from './table.ts';
import type { Version } from './version.ts';

export const verified: Verified = {
  table: 'reset',
  upTo: 37,
  source: 'release notes of v1.37 (kubeadm, all items); its source was not seen',
};

/** What kubeadm's `reset` removes, as far as it changed. */
export interface ResetRelease {
  /** Directories that it empties beside those of the kubelet, the certificates and the manifests. */
  readonly statefulDirectories: readonly string[];
  /** Its lines name them apart from those of the configuration. */
  readonly namesStatefulApart: boolean;
}

/** The reset tables read at `version`. */
export function resetRelease(version: Version): ResetRelease {
  return {
    statefulDirectories: pick(statefulDirectories, version),
    namesStatefulApart: pick(namesStatefulApart, version),
  };
}

const statefulDirectories: readonly Row<readonly string[]>[] = [
  {
    from: '1.18',
    value: ['/var/lib/dockershim', '/var/run/kubernetes', '/var/lib/cni'],
    source: 'output of kubeadm v1.20.2 reset',
  },
  { from: '1.25', value: [], source: 'published output of kubeadm v1.26 reset; dockershim is gone since 1.24' },
];

const namesStatefulApart: readonly Row<boolean>[] = [
  { from: '1.18', value: true, source: 'output of kubeadm v1.20.2 reset' },
  { from: '1.25', value: false, source: 'published output of kubeadm v1.26 reset' },
];
