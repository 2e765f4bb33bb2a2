import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/errors.ts';
import { applyJsonPatch } from '../../../src/manifests/json-patch.ts';
import { mergePatch } from '../../../src/manifests/merge-patch.ts';
import { foreignFiles, parsePatches, patched } from '../../../src/manifests/patches.ts';
import { podMergeKeys, strategicMerge } from '../../../src/manifests/strategic-merge.ts';
import { release } from './config.ts';

const targets = release('1.36.2').controlPlane.patchTargets;
const kinds = (...names: readonly string[]) =>
  parsePatches(
    names.map((name) => ({ name, text: 'a: 1' })),
    targets,
  ).map(({ file, target, type }) => `${file} ${target} ${type}`);

describe('the files of a patches directory', () => {
  it('are named by target, suffix and type', () => {
    expect(
      kinds(
        'etcd.yaml',
        'kube-apiserver0+merge.yaml',
        'kube-scheduler-x+json.json',
        'kubeletconfiguration+strategic.yaml',
      ),
    ).toEqual([
      'etcd.yaml etcd strategic',
      'kube-apiserver0+merge.yaml kube-apiserver merge',
      'kube-scheduler-x+json.json kube-scheduler json',
      'kubeletconfiguration+strategic.yaml kubeletconfiguration strategic',
    ]);
  });

  it('apply in the order of their names', () => {
    expect(kinds('etcd1.yaml', 'etcd0+merge.yaml')).toEqual([
      'etcd0+merge.yaml etcd merge',
      'etcd1.yaml etcd strategic',
    ]);
  });

  it('are ignored where they are no patches, and named', () => {
    const files = [
      { name: 'README.md', text: 'x' },
      { name: 'coredns.yaml', text: 'a: 1' },
      { name: 'etcd.yaml', text: '' },
    ];
    expect(parsePatches(files, targets)).toEqual([]);
    expect(foreignFiles(files, targets)).toEqual(['README.md', 'coredns.yaml', 'etcd.yaml']);
  });

  it('hold several patches each', () => {
    expect(parsePatches([{ name: 'etcd.yaml', text: 'a: 1\n---\nb: 2\n' }], targets).map(({ value }) => value)).toEqual(
      [{ a: 1 }, { b: 2 }],
    );
  });

  it.each([
    ['etcd+broken.yaml', 'a: 1', 'etcd+broken.yaml'],
    ['etcd.yaml', 'a: [', 'etcd.yaml:1'],
  ])('are refused by name where they are wrong: %s', (name, text, place) => {
    expect(() => parsePatches([{ name, text }], targets)).toThrow(place);
  });

  it.each([
    ['1.18', []],
    ['1.19', ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler']],
  ])('%s patches %j', (version, known) => {
    expect(release(version).controlPlane.patchTargets).toEqual(known);
  });

  it.each([
    ['1.24', 'kubeletconfiguration', false],
    ['1.25', 'kubeletconfiguration', true],
    ['1.30', 'corednsdeployment', false],
    ['1.31', 'corednsdeployment', true],
  ])('%s patches %s: %s', (version, target, known) => {
    expect(release(version).controlPlane.patchTargets.includes(target)).toBe(known);
  });
});

describe('patched', () => {
  const patch = (file: string, text: string) => parsePatches([{ name: file, text }], targets);

  it('leaves other targets alone', () => {
    const pod = { spec: {} };
    expect(patched('etcd', pod, patch('kube-apiserver.yaml', 'spec: {x: 1}'))).toBe(pod);
  });

  it('never changes the object that it is given', () => {
    const pod = { spec: { containers: [{ name: 'etcd', image: 'a' }] } };
    const before = structuredClone(pod);
    patched('etcd', pod, patch('etcd.yaml', 'spec: {containers: [{name: etcd, image: b}]}'));
    patched('etcd', pod, patch('etcd+json.yaml', '[{op: replace, path: /spec/containers/0/image, value: b}]'));
    expect(pod).toEqual(before);
  });

  it('replaces the lists of a kubelet’s configuration', () => {
    const configuration = { clusterDNS: ['10.96.0.10'], ports: [{ name: 'a' }] };
    const patches = patch('kubeletconfiguration.yaml', 'clusterDNS: [10.0.0.1]');
    expect(patched('kubeletconfiguration', configuration, patches)).toEqual({
      clusterDNS: ['10.0.0.1'],
      ports: [{ name: 'a' }],
    });
  });

  it.each([
    ['etcd+json.yaml', '[{op: remove, path: /spec/nothing}]'],
    ['etcd+json.yaml', '[{op: jump, path: /spec}]'],
    ['etcd+json.yaml', 'op: add'],
    ['etcd.yaml', 'spec: {containers: [{image: b}]}'],
    ['etcd.yaml', '[1]'],
  ])('refuses %s with %s and names the file', (file, text) => {
    const apply = () => patched('etcd', { spec: { containers: [] } }, patch(file, text));
    expect(apply).toThrow(InputError);
    expect(apply).toThrow(file);
  });
});

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
