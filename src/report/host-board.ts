export interface HostLine {
  readonly host: string;
  readonly state: 'start' | 'done' | 'failed' | 'skipped';
  readonly text: string;
}

/** How many hosts at work are shown by name. */
const shown = 12;

/** The view of many hosts: failed ones and those at work by name, counts for the rest. */
export function hostBoard(hosts: readonly HostLine[], columns: number): string {
  const count = (state: HostLine['state']) => hosts.filter((line) => line.state === state).length;
  const working = hosts.filter(({ state }) => state === 'start');
  const failed = hosts.filter(({ state }) => state === 'failed');
  const more = working.length - shown;
  return [
    `${hosts.length} hosts: ${count('done')} done, ${working.length} at work, ${failed.length} failed, ${count('skipped')} left out`,
    ...failed.slice(0, shown).map(({ host, text }) => cut(`  ✖ ${host}  ${text}`, columns)),
    ...working.slice(0, shown).map(({ host, text }) => cut(`  ${host}  ${text}`, columns)),
    ...(more > 0 ? [`  and ${more} more at work`] : []),
  ].join('\n');
}

function cut(line: string, columns: number): string {
  const flat = line.replaceAll('\n', ' ');
  return flat.length > columns - 4 ? `${flat.slice(0, Math.max(10, columns - 5))}…` : flat;
}

/** `340ms`, `4.1s`, `2m05s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, '0')}s`;
}
