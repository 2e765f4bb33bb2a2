import { describe, expect, it } from 'vitest';
import { boundedFuzz } from '../../bench/bounded-fuzz.ts';

describe('a damaged configuration', () => {
  it('is accepted or refused with its place: no stack trace, no hang', { timeout: 120_000 }, async () => {
    const { accepted, refused, failures } = await boundedFuzz(300, 20261121);
    expect(failures).toEqual([]);
    expect(accepted + refused).toBe(300);
    expect(refused).toBeGreaterThan(50);
    expect(accepted).toBeGreaterThan(30);
  });
});
