/** Columns side by side, as wide as they have to be; one that is empty in every row is left out. The last is free to wrap. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const used = head.flatMap((_, column) => (column === 0 || rows.some((row) => row[column]) ? [column] : []));
  const all = [head, ...rows].map((row) => used.map((column) => row[column] ?? ''));
  const widths = used.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join('   ')
      .trimEnd();
  return `${all.map(line).join('\n')}\n`;
}
