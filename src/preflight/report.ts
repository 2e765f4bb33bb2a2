import { exitCodes, KinitError } from '../errors.ts';
import type { PreflightResult } from './preflight.ts';
import type { Problem } from './problem.ts';

/** A host and what stands in its way. */
export interface HostResult {
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
  return new KinitError(block.join('\n'), {
    exitCode: exitCodes.preflight,
    ...(host === undefined ? {} : { host }),
  });
}

function linesOf({ name, severity, message, evidence, mend }: Problem): readonly string[] {
  const seen = evidence === undefined ? '' : ` (${evidence})`;
  const first = `\t[${severity.toUpperCase()} ${name}]: ${message}${seen}`;
  return mend === undefined ? [first] : [first, `\t\tto mend it: ${mend}`];
}

/** One table for many hosts: errors before warnings, host by host; a sentence where there is nothing to tell. */
export function preflightTable(results: readonly HostResult[], width = 120): string {
  const rows = results.flatMap(({ host, result }) =>
    [...result.errors, ...result.warnings].map((problem) => [
      host,
      `${problem.severity === 'error' ? 'ERROR' : 'warning'} ${problem.name}`,
      problem.evidence === undefined ? problem.message : `${problem.message} (${problem.evidence})`,
      `${problem.mend ?? ''}${problem.prepared ? `${problem.mend ? '; ' : ''}kinit prepare does it` : ''}`,
    ]),
  );
  if (rows.length === 0) return `${countOf(results.length, 'host')}: nothing stands in the way`;
  const header = ['HOST', 'CHECK', 'EVIDENCE', 'MEND'];
  const widths = columnWidths([header, ...rows], width);
  return [...[header, ...rows].flatMap((row) => wrapped(row, widths)), '', summary(results)].join('\n');
}

function summary(results: readonly HostResult[]): string {
  const failing = results.filter(({ result }) => result.errors.length > 0).length;
  const errors = results.reduce((sum, { result }) => sum + result.errors.length, 0);
  const warnings = results.reduce((sum, { result }) => sum + result.warnings.length, 0);
  return `${countOf(results.length, 'host')}: ${countOf(errors, 'error')} on ${failing}, ${countOf(warnings, 'warning')}`;
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Host and check as wide as they need; the rest shares what the terminal has left. */
function columnWidths(rows: readonly (readonly string[])[], width: number): readonly number[] {
  const widest = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const [host, check] = [widest(0), widest(1)];
  const left = Math.max(40, width - host - check - 6);
  const evidence = Math.min(widest(2), Math.max(20, Math.ceil(left * 0.6)));
  return [host, check, evidence, Math.max(20, left - evidence)];
}

function wrapped(row: readonly string[], widths: readonly number[]): readonly string[] {
  const cells = row.map((cell, column) => fold(cell, widths[column] ?? 20));
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    cells
      .map((lines, column) => (lines[line] ?? '').padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** Words into lines of at most `width`; a longer word stays whole, so that it can be copied. */
function fold(text: string, width: number): readonly string[] {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last === '') lines[lines.length - 1] = word;
    else if (last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** The same for machines: one entry per problem, and whether each host may go on. */
export function preflightJson(results: readonly HostResult[]): object {
  return {
    kind: 'PreflightResult',
    apiVersion: 'kinit.dev/v1alpha1',
    hosts: results.map(({ host, result }) => ({
      host,
      passed: result.errors.length === 0,
      problems: [...result.errors, ...result.warnings].map(({ name, severity, message, evidence, mend, prepared }) => ({
        check: name,
        severity,
        message,
        ...(evidence === undefined ? {} : { evidence }),
        ...(mend === undefined ? {} : { mend }),
        preparable: prepared ?? false,
      })),
    })),
  };
}
