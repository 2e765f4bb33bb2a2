import { describe, expect, it } from 'vitest';
import { applyJsonPatch } from '../../../src/kube/json-patch.ts';
import { mergePatch } from '../../../src/kube/merge-patch.ts';
import { podMergeKeys, strategicMerge } from '../../../src/kube/strategic-merge.ts';

describe('a strategic merge', () => {
  const merge = (target: unknown, change: unknown) => strategicMerge(target, change, podMergeKeys);
  const items = (...names: readonly string[]) => names.map((name) => ({ name }));

  it('merges containers by name, environment by name, mounts by path, and replaces commands', () => {
    const container = {
      name: 'c',
      command: ['a', 'b'],
      env: [{ name: 'X', value: '1' }],
      volumeMounts: [{ mountPath: '/m', name: 'v' }],
    };
    const change = {
      name: 'c',
      command: ['z'],
      env: [{ name: 'Y', value: '2' }],
      volumeMounts: [{ mountPath: '/m', name: 'w' }],
    };
    expect(merge({ spec: { containers: [container] } }, { spec: { containers: [change] } })).toEqual({
      spec: {
        containers: [
          {
            name: 'c',
            command: ['z'],
            env: [
              { name: 'Y', value: '2' },
              { name: 'X', value: '1' },
            ],
            volumeMounts: [{ mountPath: '/m', name: 'w' }],
          },
        ],
      },
    });
  });

  it.each([
    [['a', 'b', 'c'], ['b'], ['a', 'b', 'c']],
    [['a', 'b', 'c'], ['new'], ['new', 'a', 'b', 'c']],
    [
      ['a', 'b', 'c'],
      ['c', 'a'],
      ['b', 'c', 'a'],
    ],
    [
      ['a', 'b'],
      ['b', 'new'],
      ['a', 'b', 'new'],
    ],
  ])('of %j with %j gives %j, as Kubernetes orders them', (there, change, result) => {
    expect(merge({ volumes: items(...there) }, { volumes: items(...change) })).toEqual({ volumes: items(...result) });
  });

  it('obeys its directives', () => {
    expect(merge({ volumes: items('a', 'b') }, { volumes: [{ name: 'a', $patch: 'delete' }] })).toEqual({
      volumes: items('b'),
    });
    expect(merge({ volumes: items('a', 'b') }, { volumes: [{ name: 'z' }, { $patch: 'replace' }] })).toEqual({
      volumes: items('z'),
    });
    expect(merge({ x: { a: 1, b: 2 } }, { x: { $patch: 'replace', c: 3 } })).toEqual({ x: { c: 3 } });
    expect(merge({ x: { a: 1, b: 2 } }, { x: { $retainKeys: ['b'], b: 3 } })).toEqual({ x: { b: 3 } });
    expect(merge({ finalizers: ['a', 'b'] }, { '$deleteFromPrimitiveList/finalizers': ['a'] })).toEqual({
      finalizers: ['b'],
    });
    expect(merge({ volumes: items('a', 'b') }, { '$setElementOrder/volumes': items('b', 'a'), volumes: [] })).toEqual({
      volumes: items('b', 'a'),
    });
  });

  it('removes with null', () => {
    expect(merge({ a: { b: 1, c: 2 } }, { a: { b: null } })).toEqual({ a: { c: 2 } });
  });
});

/** The examples of RFC 7386, appendix A. */
describe('a merge patch', () => {
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('of %j with %j is %j', (target, change, result) => {
    expect(mergePatch(target, change)).toEqual(result);
  });
});

/** The examples of RFC 6902, appendix A. */
describe('a JSON patch', () => {
  it.each([
    [{ foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'qux' }], { baz: 'qux', foo: 'bar' }],
    [{ foo: ['bar', 'baz'] }, [{ op: 'add', path: '/foo/1', value: 'qux' }], { foo: ['bar', 'qux', 'baz'] }],
    [{ foo: ['bar', 'qux', 'baz'] }, [{ op: 'remove', path: '/foo/1' }], { foo: ['bar', 'baz'] }],
    [{ baz: 'qux', foo: 'bar' }, [{ op: 'remove', path: '/baz' }], { foo: 'bar' }],
    [{ baz: 'qux' }, [{ op: 'replace', path: '/baz', value: 'boo' }], { baz: 'boo' }],
    [
      { foo: { w: 'fred' }, qux: {} },
      [{ op: 'move', from: '/foo/w', path: '/qux/thud' }],
      { foo: {}, qux: { thud: 'fred' } },
    ],
    [{ foo: ['a', 'b', 'c'] }, [{ op: 'move', from: '/foo/0', path: '/foo/2' }], { foo: ['b', 'c', 'a'] }],
    [{ foo: 'bar' }, [{ op: 'copy', from: '/foo', path: '/x' }], { foo: 'bar', x: 'bar' }],
    [{ foo: [1, 'x'] }, [{ op: 'test', path: '/foo/1', value: 'x' }], { foo: [1, 'x'] }],
    [{ foo: ['bar'] }, [{ op: 'add', path: '/foo/-', value: ['abc'] }], { foo: ['bar', ['abc']] }],
    [
      { '/': 9, '~1': 10 },
      [
        { op: 'replace', path: '/~01', value: 1 },
        { op: 'remove', path: '/~1' },
      ],
      { '~1': 1 },
    ],
    [{ a: 1 }, [{ op: 'replace', path: '', value: { b: 2 } }], { b: 2 }],
  ])('of %j with %j is %j', (target, change, result) => {
    expect(applyJsonPatch(target, change)).toEqual(result);
  });

  it.each([
    [[{ op: 'add', path: '/baz/bat', value: 'qux' }]],
    [[{ op: 'test', path: '/foo', value: 'bar' }]],
    [[{ op: 'remove', path: '/list/3' }]],
    [[{ op: 'add', path: '/list/01', value: 1 }]],
    [[{ op: 'add', path: '/list/9', value: 1 }]],
    [[{ op: 'replace', path: '/none', value: 1 }]],
    [[{ op: 'add', path: 'foo', value: 1 }]],
    [[{ op: 'add', path: '/foo' }]],
    [['add']],
  ])('refuses %j', (change) => {
    expect(() => applyJsonPatch({ foo: 1, list: [1] }, change)).toThrow(RangeError);
  });
});
