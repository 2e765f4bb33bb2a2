import { oneLine } from '../printable.ts';

/** Columns between two columns of a table. */
export const gap = 2;

/**
 * Columns side by side, as wide as they have to be; one that is empty in every row is left out. Where that is wider than
 * the terminal, each row is a paragraph. `width` is undefined where the output is no terminal.
 */
export function table(head: readonly string[], rows: readonly (readonly string[])[], width?: number): string {
  const used = head.flatMap((_, column) => (column === 0 || rows.some((row) => row[column]) ? [column] : []));
  const all = [head, ...rows].map((row) => used.map((column) => oneLine(row[column] ?? '')));
  const widths = used.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(' '.repeat(gap))
      .trimEnd();
  const lines = all.map(line);
  const fits = width === undefined || lines.every(({ length }) => length <= width);
  return fits ? `${lines.join('\n')}\n` : paragraphs(all);
}

/** `NODE master` and, below it, what the other columns say. */
function paragraphs([head = [], ...rows]: readonly (readonly string[])[]): string {
  const named = (row: readonly string[]) =>
    row.flatMap((cell, column) => (cell === '' ? [] : [`${head[column] ?? ''} ${cell}`]));
  return rows
    .map((row) => {
      const [name = '', ...rest] = named(row);
      return `${name}\n  ${rest.join(', ')}\n`;
    })
    .join('');
}
