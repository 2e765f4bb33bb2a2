import type { Version } from './version.ts';

/** Image repositories and tags. */
export interface ImageRelease {
  readonly minor: number;
}

/** The images tables read at `version`. */
export function imageRelease(version: Version): ImageRelease {
  return { minor: version.minor };
}
