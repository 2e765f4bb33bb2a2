import { exitCodes, KinitError } from '../errors.ts';
import type { Change } from '../execute/change.ts';
import type { Observed } from '../execute/observed.ts';
import { type PreflightInput, preflight } from '../preflight/preflight.ts';
import type { Problem } from '../preflight/problem.ts';

/** The warnings of the checks as notes. Throws KinitError, exit 2, with every error at once. */
export function checked(
  { observed, ...input }: Omit<PreflightInput, 'observed'> & { readonly observed: Observed },
  ignored: readonly string[],
): readonly Change[] {
  const { facts } = observed;
  if (facts === undefined) throw new Error('preflight checks decide on facts, and there are none');
  const names = new Set(ignored.map((name) => name.toLowerCase()));
  const { errors, warnings } = preflight({ ...input, observed: { ...observed, facts } }, names);
  if (errors.length > 0) {
    const lines = [
      ...warnings.map((problem) => line('WARNING', problem)),
      ...errors.map((problem) => line('ERROR', problem)),
    ];
    throw new KinitError(`[preflight] Some fatal errors occurred:\n${lines.join('\n')}`, {
      exitCode: exitCodes.preflight,
      hint: '[preflight] If you know what you are doing, you can make a check non-fatal with `--ignore-preflight-errors=...`',
    });
  }
  return warnings.map((problem): Change => ({ kind: 'note', warning: true, text: line('WARNING', problem) }));
}

/** kubeadm's line for a problem, and below it what mends it. */
function line(kind: 'ERROR' | 'WARNING', { name, message, mend }: Problem): string {
  return `\t[${kind} ${name}]: ${message}${mend === undefined ? '' : `\n\t\t${mend}`}`;
}
