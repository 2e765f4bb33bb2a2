import { describe, expect, it } from 'vitest';
import { duration, type HostLine, hostBoard } from '../../../src/report/host-board.ts';
import { warningsText } from '../../../src/report/warnings-text.ts';

const line = (host: string, state: HostLine['state'], text = '', since = 0): HostLine => ({ host, state, text, since });
const size = { columns: 80, rows: 24 };
const now = 125_000;

/** Fifty hosts: eight failed, thirty at work since different times, ten done, two left out. */
const fifty: readonly HostLine[] = Array.from({ length: 50 }, (_, index) => {
  const host = `node-${String(index).padStart(2, '0')}`;
  if (index < 8) return line(host, 'failed', `connection refused\nby ${host}`);
  if (index < 38) return line(host, 'start', 'Kubelet', (50 - index) * 1000);
  return line(host, index < 48 ? 'done' : 'skipped');
});

describe('the board of many hosts', () => {
  it('counts all of fifty, names failed ones and the slowest at work, and fits the terminal', () => {
    const lines = hostBoard(fifty, size, now).split('\n');
    expect(lines[0]).toBe('50 hosts: 10 done, 30 at work, 8 failed, 2 left out');
    expect(lines.length).toBeLessThanOrEqual(size.rows - 3);
    expect(lines.filter((each) => each.startsWith('✖'))).toHaveLength(8);
    expect(lines[1]).toBe('✖ node-00  connection refused by node-00');
    expect(lines[9]).toBe('  node-37   1m52s  Kubelet');
    expect(lines.at(-1)).toMatch(/^ {2}and 1\d more at work$/);
  });

  it.each([
    [20, 6],
    [40, 10],
    [200, 60],
  ])('never is wider or taller than a terminal of %i columns and %i rows', (columns, rows) => {
    const lines = hostBoard(fifty, { columns, rows }, now).split('\n');
    expect(lines.length).toBeLessThanOrEqual(Math.max(rows, 5));
    for (const each of lines.slice(1, -1)) expect(each.length).toBeLessThanOrEqual(Math.max(columns, 20));
  });

  it('names no host when all is done', () => {
    expect(hostBoard([line('a', 'done'), line('b', 'done')], size, now)).toBe('2 hosts: 2 done');
    expect(hostBoard([line('a', 'done')], size, now)).toBe('1 host: 1 done');
  });

  it('tells durations in short', () => {
    expect([0, 340, 4100, 59_940, 125_000].map(duration)).toEqual(['0ms', '340ms', '4.1s', '59.9s', '2m05s']);
  });

  it('says each warning once, with the hosts that it came from', () => {
    const warnings = ['a', 'b', 'c', 'd', 'e'].map((host) => ({ host, text: 'the clock is off' }));
    expect(warningsText([...warnings, { host: 'a', text: '\t[WARNING Swap]: swap is on' }])).toBe(
      '[WARNING] the clock is off (a, b, c and 2 more)\n[WARNING Swap]: swap is on (a)\n',
    );
  });
});
