import type { Version } from './version.ts';

/** Labels, taints and annotations of nodes. */
export interface NodeRelease {
  readonly minor: number;
}

/** The node tables read at `version`. */
export function nodeRelease(version: Version): NodeRelease {
  return { minor: version.minor };
}
