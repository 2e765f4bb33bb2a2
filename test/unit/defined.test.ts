import { expect, it } from 'vitest';
import { defined } from '../../src/defined.ts';

it('properties that are defined are kept, whatever their value, and the others are not there at all', () => {
  const some = defined({ a: 0, b: '', c: false, d: null, e: undefined });
  expect(some).toStrictEqual({ a: 0, b: '', c: false, d: null });
});
