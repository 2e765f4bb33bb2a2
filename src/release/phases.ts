import type { Version } from './version.ts';

/** Phase order and names. */
export interface PhaseRelease {
  readonly minor: number;
}

/** The phases tables read at `version`. */
export function phaseRelease(version: Version): PhaseRelease {
  return { minor: version.minor };
}
