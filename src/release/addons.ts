import type { Version } from './version.ts';

/** How CoreDNS and kube-proxy are installed. */
export interface AddonRelease {
  readonly minor: number;
}

/** The addons tables read at `version`. */
export function addonRelease(version: Version): AddonRelease {
  return { minor: version.minor };
}
