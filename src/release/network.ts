import { pick, type Row, type Verified } from './table.ts';
import type { Version } from './version.ts';

export const verified: Verified = {
  table: 'network',
  upTo: 37,
  source: 'no API that flannel v0.26.7 uses goes with v1.37 (release notes)',
};

/** Which pod network kinit installs where it is asked to. */
export interface NetworkRelease {
  /** The manifest below templates/. */
  readonly flannel: string;
}

/** The network tables read at `version`. */
export function networkRelease(version: Version): NetworkRelease {
  return { flannel: pick(flannel, version) };
}

const flannel: readonly Row<string>[] = [
  {
    from: '1.18',
    value: 'flannel/flannel-psp.yaml',
    source: 'flannel v0.17.0, whose manifest brings a PodSecurityPolicy; it is served up to Kubernetes 1.24',
  },
  {
    from: '1.25',
    value: 'flannel/flannel.yaml',
    source: 'release notes 1.25: PodSecurityPolicy is removed; flannel v0.26.7 labels its namespace instead',
  },
];
