import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { labVersion } from '../../lab/versions.ts';

const programs = [
  'kubelet',
  'kubectl',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kube-proxy',
  'etcd',
];
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kinit-binaries-'));
  for (const name of programs) writeFileSync(join(folder, name), '');
  put('kubeadm', '#!/bin/sh\nfor name in kube-apiserver pause; do echo "registry.k8s.io/$name:$5"; done\n');
  chmodSync(join(folder, 'kubeadm'), 0o755);
});
afterEach(() => rmSync(folder, { recursive: true }));

const put = (name: string, text: string) => writeFileSync(join(folder, name), text);

describe('the version that a lab runs', () => {
  it('is v1.20.2, compiled from source, where no folder is given', () => {
    expect(labVersion(undefined)).toMatchObject({ kubernetes: 'v1.20.2', configApi: 'v1beta2', documents: [] });
    expect(labVersion(undefined).binaries).toBeUndefined();
  });

  it('is what the folder names, with the images that its own kubeadm lists', () => {
    put('versions', 'kubernetes v1.36.3\netcd 3.6.8\n');
    expect(labVersion(folder)).toMatchObject({
      kubernetes: 'v1.36.3',
      later: 'v1.36.5',
      images: ['registry.k8s.io/kube-apiserver:v1.36.3', 'registry.k8s.io/pause:v1.36.3'],
      imageRepository: 'registry.k8s.io',
      containerd: '1.6.20',
    });
  });

  it.each([
    ['v1.20.15', { configApi: 'v1beta2', docker: true, crictl: true, clusterStatus: true, annotatedSocket: true }],
    ['v1.23.17', { configApi: 'v1beta3', docker: true, crictl: true, clusterStatus: false, annotatedSocket: true }],
    ['v1.24.17', { configApi: 'v1beta3', docker: false, crictl: true, clusterStatus: false, annotatedSocket: true }],
    ['v1.31.14', { configApi: 'v1beta4', docker: false, crictl: false, clusterStatus: false, annotatedSocket: true }],
    ['v1.34.9', { configApi: 'v1beta4', docker: false, crictl: false, clusterStatus: false, annotatedSocket: false }],
  ])('%s has what changed up to its minor release, and nothing later', (kubernetes, traits) => {
    put('versions', `kubernetes ${kubernetes}\n`);
    expect(labVersion(folder)).toMatchObject({ ...traits, documents: [] });
  });

  it('has to be told that cgroup v1 will do from v1.35 on', () => {
    put('versions', 'kubernetes v1.35.0\n');
    expect(labVersion(folder).documents).toEqual([
      { apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration', failCgroupV1: false },
    ]);
  });

  it.each([
    ['2.1.9', 'containerd/config.toml'],
    ['1.7.29', 'base/config.toml'],
  ])('configures containerd %s as its major release reads it', (containerd, containerdConfig) => {
    put('versions', `kubernetes v1.34.9\ncontainerd ${containerd}\n`);
    expect(labVersion(folder)).toMatchObject({ containerd, binaries: { folder, containerdConfig } });
  });

  it('has other stamps when a program has changed', () => {
    put('versions', 'kubernetes v1.34.9\n');
    const before = labVersion(folder).binaries?.stamps;
    put('kubelet', 'another');
    expect(labVersion(folder).binaries?.stamps).not.toEqual(before);
  });

  it.each([
    ['a program is missing', () => rmSync(join(folder, 'kube-proxy')), 'lacks kube-proxy, versions'],
    ['it names no version', () => put('versions', 'etcd 3.6.8\n'), 'has no line "kubernetes v1.MINOR.PATCH"'],
    ['its version is a label', () => put('versions', 'kubernetes latest\n'), 'has no line "kubernetes v1.MINOR.PATCH"'],
    ['its version is too old', () => put('versions', 'kubernetes v1.19.9\n'), 'of v1.20 or later'],
    [
      'it has a containerd of no version',
      () => {
        put('versions', 'kubernetes v1.34.9\n');
        put('containerd', '');
      },
      'does not tell of containerd',
    ],
  ])('is refused where %s', (_, spoil, message) => {
    spoil();
    expect(() => labVersion(folder)).toThrow(message);
  });

  it('is refused where the folder is not there', () => {
    expect(() => labVersion(join(folder, 'nowhere'))).toThrow('lacks kubelet');
  });
});
