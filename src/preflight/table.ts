import { columnsOf, folded, padded } from '../messages/columns.ts';
import { english, type Words } from '../messages/language.ts';
import { codeOf } from '../messages/names.ts';
import { oneLine } from '../printable.ts';
import type { Problem } from './problem.ts';
import type { PreflightOutcome } from './report.ts';

/** A problem, and all hosts that have it. */
interface Row {
  readonly hosts: readonly string[];
  readonly check: string;
  /** Under which `kinit explain` tells more. */
  readonly code: string;
  readonly evidence: string;
  readonly mend: string;
  readonly isError: boolean;
  readonly isPrepared: boolean;
}

/**
 * What stands in the way of many hosts: errors, then warnings, then what `kinit prepare` mends, each once for all hosts
 * that have it. A table; a list where the terminal is too narrow for one; a sentence where there is nothing to tell.
 */
export function preflightTable(results: readonly PreflightOutcome[], width = 120, words: Words = english): string {
  const rows = rowsOf(results).map((row) => ({
    ...row,
    check: words.of(row.check),
    evidence: words.of(row.evidence),
    mend: words.of(row.mend),
  }));
  if (rows.length === 0) return words.of(`${countOf(results.length, 'host')}: nothing stands in the way`);
  const named = (row: Row) =>
    row.hosts.length === results.length && results.length > 1 ? words.of('all') : row.hosts.join(', ');
  const lines = width < narrowest ? listed(rows, named, width, words) : tabled(rows, named, width, words);
  return [...lines, '', words.of(summary(results, rows))].join('\n');
}

const preparedMend = 'kinit prepare does it';

/** Columns below which four columns of text are no table any more. */
const narrowest = 100;

function rowsOf(results: readonly PreflightOutcome[]): readonly Row[] {
  const groups = new Map<string, { readonly host: string; readonly problem: Problem }[]>();
  for (const { host, result } of results) {
    for (const problem of [...result.errors, ...result.warnings]) {
      const key = keyOf(problem);
      groups.set(key, [...(groups.get(key) ?? []), { host, problem }]);
    }
  }
  const rows = [...groups.values()].flatMap((group): readonly Row[] => {
    const [first] = group;
    if (first === undefined) return [];
    const { name, severity, mend = '', prepared: isPrepared = false } = first.problem;
    const isError = severity === 'error';
    const others = new Set(group.map(({ problem }) => evidenceOf(problem))).size - 1;
    const seen = evidenceOf(first.problem);
    const evidence = others === 0 ? seen : `${seen}, and ${others} more like it`;
    return [
      {
        hosts: [...new Set(group.map(({ host }) => host))],
        check: `${isError ? 'ERROR' : 'warning'} ${name}`,
        code: codeOf(name) ?? '',
        evidence,
        mend: isPrepared ? preparedMend : mend,
        isError,
        isPrepared,
      },
    ];
  });
  const rank = ({ isError, isPrepared }: Row) => (isError ? 0 : isPrepared ? 2 : 1);
  return rows.toSorted((a, b) => rank(a) - rank(b));
}

/** What the preparation mends is one row, however each host has it. */
function keyOf(problem: Problem): string {
  const { name, severity, mend = '', prepared = false } = problem;
  return JSON.stringify([name, severity, prepared, ...(prepared ? [] : [evidenceOf(problem), mend])]);
}

function evidenceOf({ message, evidence }: Problem): string {
  return evidence === undefined ? message : `${message} (${evidence})`;
}

function summary(results: readonly PreflightOutcome[], rows: readonly Row[]): string {
  const failing = results.filter(({ result }) => result.errors.length > 0).length;
  const errors = rows.filter(({ isError }) => isError).length;
  const prepared = rows.filter(({ isPrepared }) => isPrepared).length;
  return [
    `${countOf(results.length, 'host')}: `,
    errors === 0 ? 'no errors' : `${countOf(errors, 'error')} on ${countOf(failing, 'host')}`,
    `, ${countOf(rows.length - errors, 'warning')}`,
    prepared === 0 ? '' : `; ${prepared} of them mended by kinit prepare, a part of kinit up`,
  ].join('');
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function listed(rows: readonly Row[], named: (row: Row) => string, width: number, words: Words): readonly string[] {
  const indented = (text: string) => fold(text, width - 2).map((line) => `  ${line}`);
  const lines = (row: Row) => [
    ...fold(`${row.check} (${named(row)}) ${row.code}`, width),
    ...indented(row.evidence),
    ...(row.mend === '' || row.isPrepared ? [] : indented(words.of(`to mend it: ${row.mend}`))),
  ];
  const prepared = rows.filter(({ isPrepared }) => isPrepared).flatMap(lines);
  return [
    ...rows.filter(({ isPrepared }) => !isPrepared).flatMap(lines),
    ...(prepared.length === 0 ? [] : [`${words.of(preparedMend)}:`, ...prepared]),
  ];
}

function tabled(rows: readonly Row[], named: (row: Row) => string, width: number, words: Words): readonly string[] {
  const cells = rows.map((row) => [named(row), row.check, row.code, row.evidence, row.mend]);
  const all = [['HOST', 'CHECK', 'CODE', 'EVIDENCE', 'MEND'].map(words.of), ...cells];
  const widths = columnWidths(all, width);
  return all.flatMap((row) => wrapped(row, widths));
}

/** Check and code as wide as they need, hosts up to a bound; the rest shares what the terminal has left. */
function columnWidths(rows: readonly (readonly string[])[], width: number): readonly number[] {
  const widest = (column: number) => Math.max(...rows.map((row) => columnsOf(row[column] ?? '')));
  const [host, check, code] = [Math.min(20, widest(0)), widest(1), widest(2)];
  const left = Math.max(40, width - host - check - code - 8);
  const evidence = Math.min(widest(3), Math.max(20, Math.ceil(left * 0.6)));
  return [host, check, code, evidence, Math.max(20, left - evidence)];
}

function wrapped(row: readonly string[], widths: readonly number[]): readonly string[] {
  const cells = row.map((cell, column) => fold(cell, widths[column] ?? 20));
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    cells
      .map((lines, column) => padded(lines[line] ?? '', widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function fold(text: string, width: number): readonly string[] {
  return folded(oneLine(text), width);
}
