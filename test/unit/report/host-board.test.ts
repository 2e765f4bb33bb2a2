import { describe, expect, test } from 'vitest';
import { duration, type HostLine, hostBoard } from '../../../src/report/host-board.ts';
import { warningsText } from '../../../src/report/warnings-text.ts';

const now = 1_000_000;
const lines = (count: number, more: (index: number) => Partial<HostLine> = () => ({})): HostLine[] =>
  Array.from({ length: count }, (_, index) => ({
    host: `worker-${index + 1}`,
    state: 'start',
    text: `[packages] Installing ${'very '.repeat(30)}long names`,
    since: now - index * 1000,
    ...more(index),
  }));

describe('the board of many hosts', () => {
  test.each([
    [50, { columns: 80, rows: 24 }],
    [300, { columns: 80, rows: 24 }],
    [50, { columns: 40, rows: 10 }],
    [2, { columns: 200, rows: 60 }],
  ])('of %i hosts never is taller or wider than the terminal', (count, size) => {
    const board = hostBoard(lines(count), size, now).split('\n');
    expect(board.length).toBeLessThan(size.rows);
    for (const line of board) expect(line.length).toBeLessThan(size.columns);
  });

  test('shows the slowest first, with how long each takes', () => {
    const [, first, second] = hostBoard(lines(50), { columns: 80, rows: 24 }, now).split('\n');
    expect(first).toMatch(/^ {2}worker-50 +49s {2}\[packages\]/);
    expect(second).toMatch(/^ {2}worker-49 +48s/);
  });

  test('counts what it has no room for', () => {
    expect(hostBoard(lines(50), { columns: 80, rows: 24 }, now)).toMatch(/\n {2}and 31 more at work$/);
  });

  test('shows failed hosts above the others, without hiding those at work', () => {
    const board = hostBoard(
      lines(50, (index) => (index < 30 ? { state: 'failed', text: 'no answer' } : {})),
      { columns: 80, rows: 24 },
      now,
    );
    expect(board).toMatch(/^50 hosts: 20 at work, 30 failed\n✖ worker-1 /);
    expect(board).toMatch(/worker-50/);
  });
});

test.each([
  [340, '340ms'],
  [4100, '4.1s'],
  [125_000, '2m05s'],
])('%i milliseconds are %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test('warnings come once for all hosts that they are the same on', () => {
  const of = (host: string, text = 'the mirror is slow') => ({ host, text });
  expect(warningsText(['w1', 'w2', 'w3', 'w4', 'w1'].map((host) => of(host)))).toBe(
    '[WARNING] the mirror is slow (w1, w2, w3 and 1 more)\n',
  );
  expect(warningsText([of('w1', '\t[WARNING Swap]: swap is on\n\t\tto mend it: swapoff -a')])).toBe(
    '[WARNING Swap]: swap is on (w1)\n  to mend it: swapoff -a\n',
  );
});
