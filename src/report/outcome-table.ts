import type { KinitError } from '../errors.ts';
import { columnsOf } from '../messages/columns.ts';
import { english, type Words } from '../messages/language.ts';
import { marked, oneLine } from '../printable.ts';
import { gap, table } from './host-table.ts';

/** What became of one host. */
export interface OutcomeRow {
  readonly host: string;
  /** What stands between the host and the reason. */
  readonly cells: readonly string[];
  /** Where nothing failed. */
  readonly remark?: string;
  readonly error: KinitError | undefined;
}

/**
 * `HOST  RESULT  REASON`, with reasons cut at the edge of the terminal; below it what failed in full and what to do,
 * once for all hosts that it is the same on. `width` is undefined where the output is no terminal. Only the reasons are in
 * the language of the words yet, since they may have to be cut.
 */
export function outcomeTable(
  head: readonly string[],
  rows: readonly OutcomeRow[],
  width = 140,
  words: Words = english,
): string {
  const taken = ['HOST', ...head].map((title, column) =>
    Math.max(title.length, ...rows.map(({ host, cells }) => [host, ...cells][column]?.length ?? 0)),
  );
  const room = Math.max(20, width - taken.reduce((sum, column) => sum + column + gap, 0));
  const reason = ({ error, remark = '' }: OutcomeRow) =>
    error === undefined ? remark : cut(words.of(error.message.split('\n')[0] ?? ''), room);
  const lines = rows.map((row) => [row.host, ...row.cells, reason(row)]);
  return [table(['HOST', ...head, 'REASON'], lines), ...failures(rows, reason, words)].join('\n');
}

function failures(rows: readonly OutcomeRow[], reason: (row: OutcomeRow) => string, words: Words): readonly string[] {
  const hosts = new Map<string, string[]>();
  for (const row of rows) {
    const { host, error } = row;
    if (error === undefined) continue;
    const isToldInFull = reason(row) === words.of(error.message);
    const message = error.ownLines ? error.message : marked(error.message, '| ');
    const text = [...(isToldInFull ? [] : [message]), error.hint ?? ''].filter(Boolean).join('\n');
    if (text !== '') hosts.set(text, [...(hosts.get(text) ?? []), host]);
  }
  return [...hosts].map(([text, names]) => `${oneLine(names.join(', '))}:\n${text.replaceAll(/^/gm, '  ')}\n`);
}

function cut(text: string, room: number): string {
  if (columnsOf(text) <= room) return text;
  let kept = text.slice(0, room - 1);
  while (columnsOf(kept) > room - 1) kept = kept.slice(0, -1);
  return `${kept}…`;
}
