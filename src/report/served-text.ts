import type { ServedRow } from '../release/served-table.ts';

const titles = ['MINOR', 'NEWEST PATCH', 'ETCD', 'COREDNS', 'PAUSE', 'END OF SUPPORT', 'RUN'];

/** The minors that kinit serves as a table of text. */
export function servedText(served: readonly ServedRow[]): string {
  const rows = [titles, ...served.map(servedCells)];
  const widths = titles.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('');
}

/** A row's cells, in the order of the table's columns. */
export function servedCells({ minor, newestPatch, etcd, coreDns, pause, endOfSupport, run }: ServedRow): string[] {
  return [minor, newestPatch, etcd, coreDns, pause, endOfSupport, run.join(', ') || 'rendered only'];
}
