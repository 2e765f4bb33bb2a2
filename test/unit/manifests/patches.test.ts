import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/errors.ts';
import { parsePatches, patched, patchesFor } from '../../../src/manifests/patches.ts';
import { release } from './config.ts';

const targets = release('1.36.2').controlPlane.patchTargets;
const kinds = (...names: readonly string[]) =>
  parsePatches(
    names.map((name) => ({ name, text: 'a: 1' })),
    { targets },
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

  it('stand in folders too, among their neighbours by name (kubeadm walks the directory)', () => {
    const names = ['etcd.yaml', 'a/etcd.yaml', 'a/README.md', 'a-b/etcd.yaml', 'b/c/kube-scheduler+json.json'];
    expect(kinds(...names)).toEqual([
      'a/etcd.yaml etcd strategic',
      'a-b/etcd.yaml etcd strategic',
      'b/c/kube-scheduler+json.json kube-scheduler json',
      'etcd.yaml etcd strategic',
    ]);
  });

  it('are named and left out where they are none and not meant to be any, as kubeadm lists them', () => {
    const heard: string[] = [];
    const names = [
      'README.md',
      '.kube-apiserver.yaml.swp',
      '..data',
      'etcd.yaml~',
      'kube-scheduler.yaml.bak',
      'LICENSE',
    ];
    const files = [...names.map((name) => ({ name, text: 'x' })), { name: 'etcd.yaml', text: '' }];
    expect(parsePatches(files, { targets, warn: (text) => heard.push(text) })).toEqual([]);
    expect(heard).toHaveLength(1);
    for (const { name } of files) expect(heard[0]).toContain(name);
  });

  it.each([
    ['apiserver+merge.yaml', 'kube-apiserver+merge.yaml'],
    ['kubeapiserver.yaml', 'kube-apiserver.yaml'],
    ['Kube-Apiserver.yaml', 'kube-apiserver.yaml'],
    ['kube_apiserver+json.json', 'kube-apiserver+json.json'],
    ['kube-api-server.yaml', 'kube-apiserver.yaml'],
    ['01-kube-apiserver+merge.yaml', 'kube-apiserver01+merge.yaml'],
    ['controller-manager.yaml', 'kube-controller-manager.yaml'],
    ['kube-controler-manager.yaml', 'kube-controller-manager.yaml'],
    ['scheduler0.yaml', 'kube-scheduler0.yaml'],
    ['kubelet.yaml', 'kubeletconfiguration.yaml'],
    ['kubelet-config+merge.yaml', 'kubeletconfiguration+merge.yaml'],
    ['KubeletConfiguration.yaml', 'kubeletconfiguration.yaml'],
    ['coredns.yaml', 'corednsdeployment.yaml'],
    ['etcd.yml', 'etcd.yaml'],
    ['etcd.YAML', 'etcd.yaml'],
    ['etcd0+merge.yml', 'etcd0+merge.yaml'],
    ['etcd', 'etcd.yaml'],
    ['kube-scheduler+merge', 'kube-scheduler+merge.yaml'],
    ['kube-scheduler.txt', 'kube-scheduler.yaml'],
    ['etcd+.yaml', 'etcd+strategic.yaml'],
    ['etcd+mrge.yaml', 'etcd+merge.yaml'],
    ['etcd+JSON.json', 'etcd+json.json'],
    ['etcd+stategic.yaml', 'etcd+strategic.yaml'],
    ['more/apiserver.yaml', 'kube-apiserver.yaml'],
  ])('are refused where %s looks like a patch and is none, with the name %s', (name, meant) => {
    expect(() => kinds(name)).toThrow(InputError);
    expect(() => kinds(name)).toThrow(`${name}: is no name of a patch`);
    expect(() => kinds(name)).toThrow(`did you mean "${meant}"?`);
    expect(kinds(meant)).toHaveLength(1);
  });

  it('are refused together, also those that no target resembles', () => {
    expect(() => kinds('deployment.yaml', 'etcd.yaml', 'apiserver.yaml')).toThrow(
      /apiserver.yaml: .*\n.*deployment.yaml: is no name of a patch: it begins with none of etcd, kube-apiserver/,
    );
  });

  it.each([
    ['kube-apiserver-merge.yaml', 'kube-apiserver+merge.yaml'],
    ['kube-apiserver.json.yaml', 'kube-apiserver+json.yaml'],
    ['etcd_json.json', 'etcd+json.json'],
  ])('are strategic patches where the type stands beside the plus: %s, with the name %s', (name, meant) => {
    const heard: string[] = [];
    const [patch] = parsePatches([{ name, text: 'a: 1' }], { targets, warn: (text) => heard.push(text) });
    expect(patch?.type).toBe('strategic');
    expect(heard).toEqual([expect.stringContaining(`call it "${meant}"`)]);
  });

  it('hold several patches each', () => {
    expect(
      parsePatches([{ name: 'etcd.yaml', text: 'a: 1\n---\nb: 2\n' }], { targets }).map(({ value }) => value),
    ).toEqual([{ a: 1 }, { b: 2 }]);
  });

  it.each([
    ['etcd+broken.yaml', 'a: 1', 'etcd+broken.yaml'],
    ['etcd.yaml', 'a: [', 'etcd.yaml:1'],
  ])('are refused by name where they are wrong: %s', (name, text, place) => {
    expect(() => parsePatches([{ name, text }], { targets })).toThrow(place);
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
    const ignored: string[] = [];
    const patches = parsePatches([{ name: `${target}.yaml`, text: 'a: 1' }]);
    expect(patchesFor(patches, release(version), (text) => ignored.push(text))).toEqual(known ? patches : []);
    expect(ignored).toEqual(known ? [] : [expect.stringContaining(`${target}.yaml`)]);
  });
});

describe('patched', () => {
  const patch = (file: string, text: string) => parsePatches([{ name: file, text }], { targets });

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

  it('merges into the first of several items with one key, and keeps the others (strategicpatch)', () => {
    const ports = [
      { containerPort: 53, name: 'dns', protocol: 'UDP' },
      { containerPort: 53, name: 'dns-tcp', protocol: 'TCP' },
      { containerPort: 9153, name: 'metrics' },
    ];
    const text = 'spec: {ports: [{containerPort: 8080}, {containerPort: 53, hostPort: 53}]}';
    expect(patched('corednsdeployment', { spec: { ports } }, patch('corednsdeployment.yaml', text)).spec.ports).toEqual(
      [{ containerPort: 8080 }, { ...ports[0], hostPort: 53 }, ports[1], ports[2]],
    );
  });

  it('takes a list as the patch has it where there is none yet', () => {
    const ports = [
      { containerPort: 1, protocol: 'TCP' },
      { containerPort: 1, protocol: 'UDP' },
    ];
    const text = 'spec: {ports: [{containerPort: 1, protocol: TCP}, {containerPort: 1, protocol: UDP}]}';
    expect(patched('etcd', { spec: {} }, patch('etcd.yaml', text))).toEqual({ spec: { ports } });
  });

  it.each([
    ['{hostNetwork: false, shareProcessNamespace: false}', { shareProcessNamespace: false }],
    ['{env: [{name: A, value: ""}]}', { env: [{ name: 'A' }] }],
    [
      '{tolerations: [{key: a, value: "", tolerationSeconds: 0}]}',
      { tolerations: [{ key: 'a', tolerationSeconds: 0 }] },
    ],
    ['{livenessProbe: {initialDelaySeconds: 0, periodSeconds: 5}}', { livenessProbe: { periodSeconds: 5 } }],
    ['{nodeSelector: {value: ""}}', { nodeSelector: { value: '' } }],
  ])('prints %s of a pod as Go prints it: %j', (spec, printed) => {
    expect(patched('etcd', { spec: {} }, patch('etcd.yaml', `spec: ${spec}`))).toEqual({ spec: printed });
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
