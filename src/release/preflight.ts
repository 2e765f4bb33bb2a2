import type { Version } from './version.ts';

/** Which checks exist and how severe they are. */
export interface PreflightRelease {
  readonly minor: number;
}

/** The preflight tables read at `version`. */
export function preflightRelease(version: Version): PreflightRelease {
  return { minor: version.minor };
}
