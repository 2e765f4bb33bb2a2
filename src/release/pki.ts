import type { Version } from './version.ts';

/** Certificates, organisations and kubeconfigs. */
export interface PkiRelease {
  readonly minor: number;
}

/** The pki tables read at `version`. */
export function pkiRelease(version: Version): PkiRelease {
  return { minor: version.minor };
}
