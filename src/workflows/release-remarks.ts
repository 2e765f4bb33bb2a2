import { InputError } from '../errors.ts';
import { type Release, remarksOn } from '../release/release.ts';
import type { Reporter } from '../report/reporter.ts';

/** Says what there is to say of a release beforehand: that tables stop before it, or (at -v 1) that its patch is new. */
export function reportRemarks(release: Release, host: string, reporter: Reporter): void {
  const { warning, note } = remarksOn(release);
  if (warning !== undefined) reporter.report({ type: 'warning', host, text: warning });
  if (note !== undefined) reporter.report({ type: 'line', host, text: note, verbosity: 1 });
}

/** Throws InputError for a cluster of a release that kinit's tables stop before, unless the user takes it all the same. */
export function refuseUnverified({ unverified, version }: Release, allowed: boolean): void {
  if (unverified.length === 0 || allowed) return;
  throw new InputError(
    [{ place: 'the cluster', message: `runs ${version.text}, which is newer than what kinit was held against` }],
    '--allow-unverified takes it all the same, and tells which tables stop before it',
  );
}
