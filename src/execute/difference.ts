import type { Change } from './change.ts';
import { kindOf } from './changes/table.ts';
import { missingCertificates } from './missing-certificates.ts';
import type { Observed } from './observed.ts';

/**
 * The changes that do not hold yet, in their order: for a plan, a first run and a run that goes on after a kill alike.
 * Certificates are judged together, services by the files that are found missing before. Throws KinitError where
 * something in the way must not be touched.
 */
export function difference(desired: readonly Change[], observed: Observed, now: number): readonly Change[] {
  const certificates = missingCertificates(desired, observed, now);
  const holds = (change: Change, written: ReadonlySet<string>) => kindOf(change).holds(change, observed, written);
  const missing = desired.flatMap(
    (change) =>
      certificates.get(change) ?? (change.kind !== 'service' && holds(change, nothingWritten) ? [] : [change]),
  );
  const written = new Set(missing.flatMap((change) => (change.kind === 'file' ? [change.path] : [])));
  return missing.filter((change) => change.kind !== 'service' || !holds(change, written));
}

const nothingWritten: ReadonlySet<string> = new Set();
