import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/kube/client.ts';
import { mergeNodeMarks, nodeMarkLines, nodeMarks } from '../../../src/manifests/node-marks.ts';
import { between, initConfig, minors, newest, release } from './config.ts';

const controlPlane = 'node-role.kubernetes.io/control-plane';
const master = 'node-role.kubernetes.io/master';
const exclude = 'node.kubernetes.io/exclude-from-external-load-balancers';
const criSocket = 'kubeadm.alpha.kubernetes.io/cri-socket';
const noSchedule = (key: string) => ({ key, effect: 'NoSchedule' });

const marks = (version: string, registration = {}, gates = {}) =>
  nodeMarks({ ...initConfig(version).nodeRegistration, ...registration }, release(version), gates);

describe.each(minors)('a control-plane node of %s', (version) => {
  const has = (first: string, last: string) => between(first, last).includes(version);

  test('gets the labels of its version', () => {
    expect(Object.keys(marks(version).labels)).toEqual([
      ...(has('1.18', '1.23') ? [master] : []),
      ...(has('1.20', newest) ? [controlPlane] : []),
      ...(has('1.21', newest) ? [exclude] : []),
    ]);
  });

  test('gets the taints of its version', () => {
    expect(marks(version).taints).toEqual([
      ...(has('1.18', '1.24') ? [noSchedule(master)] : []),
      ...(has('1.24', newest) ? [noSchedule(controlPlane)] : []),
    ]);
  });

  test('gets no taints where the configuration says so', () => {
    expect(marks(version, { taints: [] }).taints).toEqual([]);
  });

  test('notes its CRI socket up to 1.33', () => {
    expect(Object.keys(marks(version).annotations)).toEqual(has('1.18', '1.33') ? [criSocket] : []);
  });
});

test.each([
  ['1.31', { NodeLocalCRISocket: true }, true],
  ['1.32', { NodeLocalCRISocket: true }, false],
  ['1.34', { NodeLocalCRISocket: false }, true],
  ['1.36', { NodeLocalCRISocket: false }, false],
])('the gate NodeLocalCRISocket decides on the note where %s has it: %o', (version, gates, noted) => {
  expect(criSocket in marks(version, {}, gates).annotations).toBe(noted);
});

describe('merging marks into a Node', () => {
  const node: KubeObject = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'cp1', resourceVersion: '7', labels: { rack: '3' } },
    spec: { podCIDR: '10.244.0.0/24', taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoExecute' }] },
  };

  test('keeps what is there and puts our taints first', () => {
    expect(mergeNodeMarks(node, marks('1.36'))).toMatchObject({
      metadata: { resourceVersion: '7', labels: { rack: '3', [controlPlane]: '' } },
      spec: {
        podCIDR: '10.244.0.0/24',
        taints: [noSchedule(controlPlane), { key: 'node.kubernetes.io/not-ready', effect: 'NoExecute' }],
      },
    });
  });

  test('changes nothing the second time', () => {
    const once = mergeNodeMarks(node, marks('1.36'));
    expect(mergeNodeMarks(once, marks('1.36'))).toEqual(once);
  });

  test('leaves a Node without taints without them', () => {
    const bare = { ...node, spec: {} };
    expect(mergeNodeMarks(bare, marks('1.36', { taints: [] }))['spec']).toEqual({});
  });
});

describe("kubeadm's lines", () => {
  const say = (version: string, registration = {}) =>
    nodeMarkLines('cp1', marks(version, registration), release(version)).map((line) =>
      line.replace('[mark-control-plane] Marking the node cp1 as control-plane by adding the ', ''),
    );

  test.each([
    ['1.19', [`label "${master}=''"`, `taints [${master}:NoSchedule]`]],
    ['1.20', [`labels "${master}=''" and "${controlPlane}='' (deprecated)"`, `taints [${master}:NoSchedule]`]],
    ['1.22', [`labels: [${master}(deprecated) ${controlPlane} ${exclude}]`, `taints [${master}:NoSchedule]`]],
    ['1.24', [`labels: [${controlPlane} ${exclude}]`, `taints [${master}:NoSchedule ${controlPlane}:NoSchedule]`]],
    ['1.36', [`labels: [${controlPlane} ${exclude}]`, `taints [${controlPlane}:NoSchedule]`]],
  ])('name labels and taints as %s does', (version, lines) => {
    expect(say(version)).toEqual(lines);
  });

  test('do not speak of taints where there are none', () => {
    expect(say('1.36', { taints: [] })).toHaveLength(1);
  });

  test('show a taint with its value', () => {
    const taints = [{ key: 'dedicated', value: 'infra', effect: 'NoExecute' }];
    expect(say('1.36', { taints })[1]).toBe('taints [dedicated=infra:NoExecute]');
  });
});
