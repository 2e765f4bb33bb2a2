import type { Version } from './version.ts';

/** Flags, probes and pod fields of the static pods. */
export interface ControlPlaneRelease {
  readonly minor: number;
}

/** The control-plane tables read at `version`. */
export function controlPlaneRelease(version: Version): ControlPlaneRelease {
  return { minor: version.minor };
}
