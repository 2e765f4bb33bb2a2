import type { Version } from './version.ts';

/** What the kubelet's flags and configuration hold. */
export interface KubeletRelease {
  readonly minor: number;
}

/** The kubelet tables read at `version`. */
export function kubeletRelease(version: Version): KubeletRelease {
  return { minor: version.minor };
}
