import { InputError } from '../errors.ts';
import { newestVersion } from './served.ts';

/** A Kubernetes version. `text` is the canonical form, `v1.20.2` or `v1.37.0-alpha.1`. */
export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  readonly preRelease: string | undefined;
  readonly build: string | undefined;
  readonly text: string;
  /** The user takes the version although kinit's tables stop before it (--allow-unverified). */
  readonly admitted?: true;
}

/** The version, taken although kinit's tables may stop before it. */
export function admitted(version: Version): Version {
  return Object.freeze({ ...version, admitted: true });
}

const pattern = /^v?(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?$/;

/** The version in `text`, or undefined where it is none (a label such as `stable-1`, for one). */
export function tryParseVersion(text: string): Version | undefined {
  const match = pattern.exec(text.trim());
  if (!match) return undefined;
  const [, major, minor, patch, preRelease, build] = match;
  const suffix = `${preRelease === undefined ? '' : `-${preRelease}`}${build === undefined ? '' : `+${build}`}`;
  return Object.freeze({
    major: Number(major),
    minor: Number(minor),
    patch: Number(patch),
    preRelease,
    build,
    text: `v${Number(major)}.${Number(minor)}.${Number(patch)}${suffix}`,
  });
}

/** The version in `text`; throws InputError naming `place` where it is none. */
export function parseVersion(text: string, place = '--kubernetes-version'): Version {
  const version = tryParseVersion(text);
  if (!version)
    throw new InputError([{ place, message: `"${text}" is not a Kubernetes version such as ${newestVersion}` }]);
  return version;
}

/** Negative, zero or positive as `a` is older than, the same as or newer than `b` (semver precedence). */
export function compareVersions(a: Version, b: Version): number {
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch || comparePreReleases(a.preRelease, b.preRelease);
}

function comparePreReleases(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  if (a === undefined) return 1;
  if (b === undefined) return -1;
  return a.localeCompare(b, 'en', { numeric: true });
}
