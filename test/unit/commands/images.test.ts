import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { podImages } from '../../../src/manifests/pod-images.ts';
import { kinit as runKinit } from '../../command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'kinit-images-'));
afterAll(() => rmSync(folder, { recursive: true }));

const kinit = (...argv: readonly string[]) =>
  runKinit(argv, { stdin: Readable.from([]), env: { XDG_STATE_HOME: folder }, cwd: folder });

function file(name: string, content: string | Buffer): string {
  writeFileSync(join(folder, name), content);
  return name;
}

describe('kinit images list', () => {
  it('is that of kinit config images', async () => {
    const version = ['--kubernetes-version', 'v1.20.2'];
    const listed = await kinit('images', 'list', ...version);
    expect(listed).toEqual(await kinit('config', 'images', 'list', ...version));
    expect(listed.out).toContain('k8s.gcr.io/pause:3.2\n');
  });

  it('goes by the mirror of an Inventory', async () => {
    const config = file(
      'cluster.yaml',
      `apiVersion: kinit.dev/v1alpha1
kind: Inventory
hosts: [{name: master, address: 10.0.0.1, role: control-plane}]
images: {repository: registry.aliyuncs.com/google_containers}
---
apiVersion: kubeadm.k8s.io/v1beta2
kind: ClusterConfiguration
kubernetesVersion: v1.20.2
`,
    );
    const { out } = await kinit('images', 'list', '--config', config);
    expect(out).toContain('registry.aliyuncs.com/google_containers/coredns:1.7.0\n');
    expect(out).not.toContain('k8s.gcr.io');
  });
});

describe('the images of a load balancer of kinit’s', () => {
  const config = (balancer: string) =>
    file(
      `balanced-${balancer.length}.yaml`,
      `apiVersion: kinit.dev/v1alpha1
kind: Inventory
hosts: [{name: master, address: 10.0.0.1, role: control-plane}]
loadBalancer: {${balancer}}
---
apiVersion: kubeadm.k8s.io/v1beta3
kind: ClusterConfiguration
kubernetesVersion: v1.31.0
`,
    );

  it.each([
    ['', [], ['haproxy', 'keepalived', 'kube-vip']],
    ['kind: local', ['docker.io/library/haproxy:3.2.19-alpine\n'], ['keepalived', 'kube-vip']],
    ['kind: local, image: mirror.example.com/haproxy:3', ['mirror.example.com/haproxy:3\n'], ['docker.io']],
    [
      'kind: keepalived, address: 10.0.0.100',
      ['docker.io/library/haproxy:', 'docker.io/osixia/keepalived:2.0.20\n'],
      ['kube-vip'],
    ],
    ['kind: kube-vip, address: 10.0.0.100', ['ghcr.io/kube-vip/kube-vip:v1.0.3\n'], ['haproxy']],
    ['kind: external, address: 10.0.0.100', [], ['haproxy', 'keepalived', 'kube-vip']],
  ])('{ %s } are listed', async (balancer, there, absent) => {
    const { out } = await kinit('images', 'list', '--config', config(balancer));
    for (const image of there) expect(out).toContain(image);
    for (const image of absent) expect(out).not.toContain(image);
  });
});

describe('what cannot be loaded or pushed is refused before a host is looked at', () => {
  it.each([
    ['a file that is not there', ['load', 'nowhere.tar'], /nowhere.tar: no such file/],
    ['a compressed archive', ['load', file('images.tar.gz', gzipSync('hello'))], /compressed file[\s\S]*gunzip/],
    ['another file', ['load', file('notes.txt', 'hello')], /not a tar archive/],
    ['no registry', ['push', 'https://registry.example.com/k8s'], /is not a registry/],
    [
      'no image',
      ['save', '--output-file', 'x.tar', '--', '--all-platforms'],
      /--all-platforms: is not the name of an image/,
    ],
    ['a number that is none', ['load', '--parallel-uploads', 'many', 'x.tar'], /not a positive number/],
  ])('%s', async (_, argv, words) => {
    const { code, err } = await kinit('images', ...argv);
    expect([code, err]).toEqual([3, expect.stringMatching(words)]);
  });
});

describe('kinit bundle', () => {
  it.each([
    [['verify', 'nowhere.tar'], /no such file/],
    [['verify', file('foreign.tar', 'hello')], /not a kinit bundle/],
    [['load', 'foreign.tar', '--host', 'root@192.0.2.1'], /not a kinit bundle/],
    [['create'], /--output-file/],
    [['create', '--output-file', 'x.tar', '--images-dir', 'nowhere'], /--images-dir .*nowhere/],
  ])('%j is refused', async (argv, words) => {
    const { code, err } = await kinit('bundle', ...argv);
    expect([code, err]).toEqual([3, expect.stringMatching(words)]);
  });
});

describe('the images of manifests', () => {
  it('are those of every container, once', () => {
    const spec = { initContainers: [{ image: 'cni:1' }], containers: [{ image: 'flannel:1' }, { image: 'cni:1' }] };
    const objects = [
      { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'a' }, spec: { template: { spec } } },
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'b' }, spec: { containers: [{ image: 'pod:1' }] } },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { containers: 'no list' } },
    ];
    expect(podImages(objects)).toEqual(['cni:1', 'flannel:1', 'pod:1']);
  });
});
