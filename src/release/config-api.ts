import type { Version } from './version.ts';

/** Which kubeadm.k8s.io version is written and read, and the feature gates. */
export interface ConfigApiRelease {
  readonly minor: number;
}

/** The config-api tables read at `version`. */
export function configApiRelease(version: Version): ConfigApiRelease {
  return { minor: version.minor };
}
