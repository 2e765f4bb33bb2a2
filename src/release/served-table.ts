import { imageRelease } from './images.ts';
import { type ServedMinor, servedMinors } from './served.ts';
import { parseVersion } from './version.ts';

/** What is told of a minor that kinit serves. */
export interface ServedRow {
  readonly minor: string;
  readonly newestPatch: string;
  /** Tags of the newest patch's images. */
  readonly etcd: string;
  readonly coreDns: string;
  readonly pause: string;
  /** YYYY-MM-DD */
  readonly endOfSupport: string;
  /** Versions that came up on real hosts; none: it was only rendered. */
  readonly run: readonly string[];
}

/** Every minor that kinit serves, oldest first. */
export function servedTable(): readonly ServedRow[] {
  return servedMinors.map(servedRow);
}

function servedRow({ minor, newestPatch, endOfSupport, run }: ServedMinor): ServedRow {
  const version = parseVersion(`v1.${minor}.${newestPatch}`);
  const { etcd, coreDns, pause } = imageRelease(version);
  return { minor: `v1.${minor}`, newestPatch: version.text, etcd, coreDns, pause, endOfSupport, run };
}
