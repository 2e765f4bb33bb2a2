import { describe, expect, it } from 'vitest';
import type { SeenFile } from '../../../src/host/host.ts';
import { lostKubeletArguments } from '../../../src/preflight/kubelet-arguments.ts';
import { preflightReads } from '../../../src/preflight/preflight.ts';
import { initSubject } from '../../../src/preflight/subject.ts';
import { initConfig, release } from '../manifests/config.ts';
import { namesOf, preflightOf } from './hosts.ts';

const sysconfig = '/etc/sysconfig/kubelet';
const told = (version: string, text: string, file = sysconfig) =>
  preflightOf('init', version, { files: { [file]: text } }).errors.map(({ message }) => message);

describe('arguments of the kubelet in the administrator’s own file', () => {
  it('are read on the host', () => {
    const reads = preflightReads(initSubject(initConfig('1.37')), release('1.37'));
    expect(reads.files).toEqual(expect.arrayContaining(['/etc/sysconfig/kubelet', '/etc/default/kubelet']));
  });

  it.each([
    ['v1.37.0', 'KUBELET_EXTRA_ARGS=--container-hints=/etc/hints.json', sysconfig, 'container-hints', 'v1.37'],
    ['v1.37.0', 'KUBELET_EXTRA_ARGS="--v=2 --storage_driver_user=root"', sysconfig, 'storage-driver-user', 'v1.37'],
    ['v1.37.0', "KUBELET_EXTRA_ARGS='--containerd /run/c.sock'", '/etc/default/kubelet', 'containerd', 'v1.37'],
    ['v1.37.0', 'KUBELET_EXTRA_ARGS=--v=2 \\\n  --boot-id-file=/b', sysconfig, 'boot-id-file', 'v1.37'],
    [
      'v1.35.0',
      'KUBELET_EXTRA_ARGS=--pod-infra-container-image=a/pause:3.9',
      sysconfig,
      'pod-infra-container-image',
      'v1.35',
    ],
    ['v1.27.0', 'KUBELET_EXTRA_ARGS=--container-runtime=remote', sysconfig, 'container-runtime', 'v1.27'],
    ['v1.24.0', 'KUBELET_EXTRA_ARGS=--network-plugin=cni', sysconfig, 'network-plugin', 'v1.24'],
  ])('stop %s before it begins where they are gone: %s in %s', (version, text, file, name, since) => {
    expect(told(version, text, file)).toEqual([
      `KUBELET_EXTRA_ARGS in ${file} has --${name}, which went with Kubernetes ${since}: the kubelet does not start with it`,
    ]);
  });

  it.each([
    ['v1.36.3', 'KUBELET_EXTRA_ARGS=--container-hints=/etc/hints.json'],
    ['v1.23.0', 'KUBELET_EXTRA_ARGS=--network-plugin=cni'],
    ['v1.37.0', '# KUBELET_EXTRA_ARGS=--containerd=/run/c.sock'],
    ['v1.37.0', 'KUBELET_EXTRA_ARGS=--containerd=/run/c.sock\nKUBELET_EXTRA_ARGS='],
    ['v1.37.0', 'KUBELET_EXTRA_ARGS=--node-ip=10.0.0.1 --housekeeping-interval=20s'],
    ['v1.37.0', 'KUBELET_EXTRA_ARGS=--node-labels=containerd=yes'],
  ])('of %s are no matter where it takes them: %s', (version, text) => {
    expect(told(version, text)).toEqual([]);
  });

  it('stop it with feature gates that are gone', () => {
    expect(told('v1.24.0', 'KUBELET_EXTRA_ARGS=--v=2 --feature-gates=RuntimeClass=true,Unheard=true')).toEqual([
      `KUBELET_EXTRA_ARGS in ${sysconfig} has the feature gate RuntimeClass, which went with Kubernetes v1.24: the kubelet does not start with it`,
    ]);
  });

  it('are told of before an upgrade, each once, but for what it takes away itself', () => {
    const file = (text: string) => ({ type: 'file', mode: 0o644, content: Buffer.from(text) }) as unknown as SeenFile;
    const files = new Map([
      [
        '/var/lib/kubelet/kubeadm-flags.env',
        file('KUBELET_KUBEADM_ARGS="--network-plugin=cni --containerd=/run/c.sock"'),
      ],
      [sysconfig, file('KUBELET_EXTRA_ARGS=--network-plugin=cni')],
    ]);
    const lost = lostKubeletArguments(files, [release('1.24'), release('1.37')]);
    expect(lost.map(({ message }) => message.replace(/, which.*/, ''))).toEqual([
      `KUBELET_EXTRA_ARGS in ${sysconfig} has --network-plugin`,
      'KUBELET_KUBEADM_ARGS in /var/lib/kubelet/kubeadm-flags.env has --containerd',
    ]);
  });

  it('can be ignored as every check can', () => {
    const files = { [sysconfig]: 'KUBELET_EXTRA_ARGS=--containerd=/run/c.sock' };
    const ignored = ['KubeletExtraArgs'];
    expect(namesOf(preflightOf('join-worker', 'v1.37.0', { files, ignored }))).toEqual(['warning KubeletExtraArgs']);
  });
});
