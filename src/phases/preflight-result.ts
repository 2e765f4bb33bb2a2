import type { Change } from '../execute/change.ts';
import type { Observed } from '../execute/observed.ts';
import { type PreflightInput, preflight } from '../preflight/preflight.ts';
import type { Problem } from '../preflight/problem.ts';
import { preflightError, warningLines } from '../preflight/report.ts';

/**
 * The warnings of the checks as notes. Throws KinitError, exit 2, with every problem at once, and with more that nobody can
 * ignore.
 */
export function checked(
  { observed, ...input }: Omit<PreflightInput, 'observed'> & { readonly observed: Observed },
  ignored: readonly string[],
  more: readonly Problem[] = [],
): readonly Change[] {
  const { facts } = observed;
  if (facts === undefined) throw new Error('preflight checks decide on facts, and there are none');
  const { errors, warnings } = preflight({ ...input, observed: { ...observed, facts } }, ignored);
  const result = { errors: [...errors, ...more], warnings };
  // Who is stopped here hears of nothing else: what is only a warning goes along.
  if (result.errors.length > 0) throw preflightError({ errors: [...result.warnings, ...result.errors] });
  return warningLines(result).map((text): Change => ({ kind: 'note', warning: true, text }));
}
