export interface HostLine {
  readonly host: string;
  readonly state: 'start' | 'done' | 'failed' | 'skipped';
  readonly text: string;
  /** When it began what it does now; milliseconds since the epoch. */
  readonly since: number;
}

export interface BoardSize {
  readonly columns: number;
  readonly rows: number;
}

/**
 * The view of many hosts: failed ones and those at work by name, the slowest first, counts for the rest. Never taller or
 * wider than the terminal: what a live view has scrolled away it cannot draw anew.
 */
export function hostBoard(hosts: readonly HostLine[], { columns, rows }: BoardSize, now: number): string {
  const of = (state: HostLine['state']) => hosts.filter((line) => line.state === state);
  const [working, failed] = [of('start').toSorted((a, b) => a.since - b.since), of('failed')];
  const room = Math.max(3, rows - frame);
  const shownFailed = failed.slice(0, Math.max(1, Math.floor(room / 2)));
  const shown = working.slice(0, room - shownFailed.length);
  const hidden = [
    ...more(failed.length - shownFailed.length, 'failed'),
    ...more(working.length - shown.length, 'at work'),
  ];
  const width = Math.max(0, ...[...shownFailed, ...shown].map(({ host }) => host.length));
  return [
    counts(hosts),
    ...shownFailed.map(({ host, text }) => cut(`✖ ${host.padEnd(width)}  ${text}`, columns)),
    ...shown.map(({ host, text, since }) => cut(`  ${host.padEnd(width)}  ${age(now - since)}  ${text}`, columns)),
    ...(hidden.length === 0 ? [] : [`  and ${hidden.join(', ')}`]),
  ].join('\n');
}

/** Lines of the terminal that are not for hosts: the count, the rest, what was there before and the prompt. */
const frame = 5;

/** `50 hosts: 12 done, 37 at work, 1 failed`. */
export function counts(hosts: readonly HostLine[]): string {
  const parts = (Object.entries(words) as [HostLine['state'], string][]).flatMap(([state, word]) => {
    const count = hosts.filter((line) => line.state === state).length;
    return count === 0 ? [] : [`${count} ${word}`];
  });
  return `${hosts.length} host${hosts.length === 1 ? '' : 's'}: ${parts.join(', ')}`;
}

const words = { done: 'done', start: 'at work', failed: 'failed', skipped: 'left out' } as const;

function more(count: number, word: string): readonly string[] {
  return count > 0 ? [`${count} more ${word}`] : [];
}

/** Whole seconds, so that the column does not jump. */
function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return (
    seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, '0')}s`
  ).padStart(6);
}

/** listr2 indents what follows the first line. */
const indentation = 4;

function cut(line: string, columns: number): string {
  const flat = line.replaceAll(/\s*\n\s*/g, ' ').trimEnd();
  const room = Math.max(20, columns - indentation - 1);
  return flat.length > room ? `${flat.slice(0, room - 1)}…` : flat;
}

/** `340ms`, `4.1s`, `2m05s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, '0')}s`;
}
