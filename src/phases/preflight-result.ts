import type { Change } from '../execute/change.ts';
import type { Observed } from '../execute/observed.ts';
import { type PreflightInput, preflight } from '../preflight/preflight.ts';
import { preflightError, warningLines } from '../preflight/report.ts';

/** The warnings of the checks as notes. Throws KinitError, exit 2, with every problem at once. */
export function checked(
  { observed, ...input }: Omit<PreflightInput, 'observed'> & { readonly observed: Observed },
  ignored: readonly string[],
): readonly Change[] {
  const { facts } = observed;
  if (facts === undefined) throw new Error('preflight checks decide on facts, and there are none');
  const result = preflight({ ...input, observed: { ...observed, facts } }, ignored);
  // Who is stopped here hears of nothing else: what is only a warning goes along.
  if (result.errors.length > 0) throw preflightError({ errors: [...result.warnings, ...result.errors] });
  return warningLines(result).map((text): Change => ({ kind: 'note', warning: true, text }));
}
