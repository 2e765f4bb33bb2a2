import { defined } from '../defined.ts';
import { exitCodes, KinitError } from '../errors.ts';
import { codeOf } from '../messages/names.ts';
import { oneLine } from '../printable.ts';
import type { PreflightResult } from './preflight.ts';
import type { Problem } from './problem.ts';

/** A host and what stands in its way. */
export interface PreflightOutcome {
  readonly host: string;
  readonly result: PreflightResult;
}

/** kubeadm's `\t[WARNING Name]: text`, a text per warning, with what mends it in a line below. */
export function warningLines({ warnings }: PreflightResult): readonly string[] {
  return warnings.map((warning) => linesOf(warning).join('\n'));
}

/** The error that ends a run whose preflight failed: kubeadm's block, exit code 2. */
export function preflightError({ errors }: Pick<PreflightResult, 'errors'>, host?: string): KinitError {
  const block = [
    '[preflight] Some fatal errors occurred:',
    ...errors.flatMap(linesOf),
    '[preflight] If you know what you are doing, you can make a check non-fatal with `--ignore-preflight-errors=...`',
  ];
  const prepared = errors.filter((problem) => problem.severity === 'error' && problem.prepared);
  return new KinitError(block.join('\n'), {
    exitCode: exitCodes.preflight,
    ownLines: true,
    ...(prepared.length === 0 ? {} : { hint: prepareHint(prepared) }),
    ...defined({ host }),
  });
}

function prepareHint(problems: readonly Problem[]): string {
  const names = [...new Set(problems.map(({ name }) => name))].join(', ');
  return `kinit prepare --config FILE mends ${names}; kinit config print inventory-defaults prints a FILE to start from`;
}

function linesOf({ name, severity, message, evidence, mend }: Problem): readonly string[] {
  const seen = evidence === undefined ? '' : ` (${evidence})`;
  const first = `\t[${severity.toUpperCase()} ${name}]: ${oneLine(`${message}${seen}`)}`;
  return mend === undefined ? [first] : [first, `\t\tto mend it: ${oneLine(mend)}`];
}

/** What stands in the way of many hosts, for machines: one entry per problem, and whether each host may go on. */
export function preflightJson(results: readonly PreflightOutcome[]): object {
  return {
    kind: 'PreflightResult',
    apiVersion: 'kinit.dev/v1alpha1',
    hosts: results.map(({ host, result }) => ({
      host,
      passed: result.errors.length === 0,
      problems: [...result.errors, ...result.warnings].map(({ name, severity, message, evidence, mend, prepared }) => ({
        check: name,
        ...defined({ code: codeOf(name) }),
        severity,
        message,
        ...defined({ evidence, mend }),
        preparable: prepared ?? false,
      })),
    })),
  };
}
