import { compareVersions, parseVersion, type Version } from './version.ts';

/** What holds from a Kubernetes version on (until a later row), and where that is known from. */
export interface Row<T> {
  /** `1.24` (its .0 on) or, where patches differ, `1.24.8`. */
  readonly from: string;
  readonly value: T;
  /** kubeadm's source, release notes, a CHANGELOG entry, a published manifest ... */
  readonly source: string;
}

/** How far a file of tables was held against a release: what is newer reads its last rows, and nobody has looked. */
export interface Verified {
  readonly table: string;
  /** The minor of Kubernetes 1 up to which somebody looked at every row. */
  readonly upTo: number;
  /** What was looked at for that minor, and what was not to be had. */
  readonly source: string;
}

/** The value of the newest row that is not newer than `version`; throws where the table starts later (a bug of ours). */
export function pick<T>(rows: readonly Row<T>[], version: Version): T {
  const row = rowsUpTo(rows, version).at(-1);
  if (!row) throw new Error(`no row for ${version.text}`);
  return row.value;
}

/** The values of all rows that are not newer than `version`, oldest first. */
export function upTo<T>(rows: readonly Row<T>[], version: Version): readonly T[] {
  return rowsUpTo(rows, version).map(({ value }) => value);
}

function rowsUpTo<T>(rows: readonly Row<T>[], version: Version): readonly Row<T>[] {
  return rows.filter(({ from }) => compareVersions(startOf(from), release(version)) <= 0);
}

function startOf(from: string): Version {
  return parseVersion(from.split('.').length === 2 ? `${from}.0` : from);
}

/** A pre-release already has what its release has: v1.24.0-rc.1 counts as v1.24.0. */
function release(version: Version): Version {
  return { ...version, preRelease: undefined };
}
