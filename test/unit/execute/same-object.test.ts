import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { says } from '../../../src/execute/same-object.ts';
import { isApplied, stamped } from '../../../src/execute/stamp.ts';

describe('a live object says all that the wanted one does', () => {
  it.each<[string, unknown, unknown]>([
    ['it is the same', { a: { b: [1, { c: 'x' }] } }, { a: { b: [1, { c: 'x' }] } }],
    ['it has fields of its own, deep down too', { a: { b: 1, mine: 2 }, mine: 3 }, { a: { b: 1 } }],
    ['items of a list have fields of their own', { ports: [{ port: 80, protocol: 'TCP' }] }, { ports: [{ port: 80 }] }],
    ['what is wanted is absent', {}, { a: undefined, b: null }],
    ['what is wanted is empty and absent', {}, { a: '', b: false, c: 0, d: [], e: {}, f: { g: [] } }],
    ['what is wanted is empty and the server fills it in', { emptyDir: { sizeLimit: '1Gi' } }, { emptyDir: {} }],
    [
      'only the server’s own fields differ',
      { metadata: { uid: 'a' }, status: { x: 1 } },
      { metadata: { uid: 'b', resourceVersion: '0', creationTimestamp: 'T', generation: 3 }, status: { x: 2 } },
    ],
  ])('where %s', (_, live, wanted) => {
    expect(says(live, wanted)).toBe(true);
  });

  it.each<[string, unknown, unknown]>([
    ['a value differs', { a: 1 }, { a: 2 }],
    ['a text stands for a number', { a: '1' }, { a: 1 }],
    ['a field is missing', {}, { a: 1 }],
    ['an item is missing', { a: [1] }, { a: [1, 2] }],
    ['an item is too many', { a: [1, 2] }, { a: [1] }],
    ['the order differs', { a: [2, 1] }, { a: [1, 2] }],
    ['something is there where nothing is wanted', { a: 'x', b: true, c: [1] }, { a: '' }],
    ['a switch is on that is wanted off', { a: true }, { a: false }],
    ['a list is there where an empty one is wanted', { a: [1] }, { a: [] }],
  ])('not where %s', (_, live, wanted) => {
    expect(says(live, wanted)).toBe(false);
  });

  const json = fc.jsonValue({ maxDepth: 4 });

  it('of itself, whatever it is, and with anything added', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), json), fc.dictionary(fc.string(), json), (object, more) => {
        expect(says(object, object)).toBe(true);
        expect(says({ ...more, ...object }, object)).toBe(true);
      }),
    );
  });
});

describe('the stamp of what was applied', () => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { a: '1' } };

  it('tells the same from another, whatever others have added', () => {
    const live = { ...stamped(object), data: { a: '1', b: 'by others' } };
    expect(isApplied(live, stamped(object))).toBe(true);
    expect(isApplied(live, stamped({ ...object, data: { a: '2' } }))).toBe(false);
    expect(isApplied(object, stamped(object))).toBe(false);
    expect(isApplied(undefined, stamped(object))).toBe(false);
    expect(isApplied(object, object)).toBe(false);
  });
});
