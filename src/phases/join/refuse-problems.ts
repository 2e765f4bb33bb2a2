import type { Problem } from '../../preflight/problem.ts';
import { preflightError } from '../../preflight/report.ts';

/** Throws KinitError, exit 2, with all of them where there are any. */
export function refuseProblems(problems: readonly Problem[]): void {
  if (problems.length > 0) throw preflightError({ errors: problems });
}
