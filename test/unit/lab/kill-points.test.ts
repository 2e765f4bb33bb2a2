import { describe, expect, it } from 'vitest';
import { deal, spread } from '../../kill/points.ts';

describe('the points at which runs are ended', () => {
  it.each([1, 2, 7, 28, 29, 200])('are in the middle of every %i-th part of it, each once', (count) => {
    const places = spread(count).map(({ part }) => Math.round(part * count - 0.5));
    expect(places.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, index) => index));
  });

  it('are of every kind in turn, over the whole run with the first few', () => {
    const first = spread(28).slice(0, 8);
    expect(new Set(first.map(({ ending, of }) => `${ending} ${of}`)).size).toBe(4);
    for (const quarter of [0, 1, 2, 3]) {
      expect(first.some(({ part }) => Math.floor(part * 4) === quarter)).toBe(true);
    }
  });

  it('are dealt out to all commands', () => {
    const dealt = [...deal(200, ['a', 'b', 'c']).values()].map((points) => points.length);
    expect(dealt).toEqual([67, 67, 66]);
  });
});
