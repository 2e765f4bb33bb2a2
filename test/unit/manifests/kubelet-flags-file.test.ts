import { describe, expect, it } from 'vitest';
import { kubeadmFlagsEnv } from '../../../src/manifests/kubelet-flags.ts';
import { kubeletFlagsIn, upgradedKubeletFlags, withPauseImage } from '../../../src/manifests/kubelet-flags-file.ts';
import { release } from './config.ts';

const text = (words: string) => `KUBELET_KUBEADM_ARGS="${words}"\n`;

describe('kubeadm-flags.env', () => {
  it.each(['--container-runtime=remote --v=2', '', '--node-labels=a=b,c=d'])(
    'is read as it is written: %s',
    (words) => {
      expect(kubeadmFlagsEnv(kubeletFlagsIn(text(words)))).toBe(text(words));
    },
  );

  const old =
    '--container-runtime=remote --container-runtime-endpoint=/run/containerd/containerd.sock --network-plugin=cni --pod-infra-container-image=k8s.gcr.io/pause:3.2';

  it.each<[string, string, string]>([
    ['is left alone within v1.20', 'v1.20.15', old],
    [
      'loses dockershim’s flags, and names the socket with its scheme, at v1.24',
      'v1.24.17',
      '--container-runtime=remote --container-runtime-endpoint=unix:///run/containerd/containerd.sock --pod-infra-container-image=k8s.gcr.io/pause:3.2',
    ],
    [
      'loses --container-runtime at v1.26',
      'v1.26.15',
      '--container-runtime-endpoint=unix:///run/containerd/containerd.sock --pod-infra-container-image=k8s.gcr.io/pause:3.2',
    ],
    [
      'loses the pause image at v1.35',
      'v1.35.1',
      '--container-runtime-endpoint=unix:///run/containerd/containerd.sock',
    ],
  ])('%s', (_, version, words) => {
    const { flags } = upgradedKubeletFlags(kubeletFlagsIn(text(old)), release(version), false);
    expect(kubeadmFlagsEnv(flags)).toBe(text(words));
  });

  it('hands the socket to instance-config.yaml where the release has one', () => {
    const flags = kubeletFlagsIn(text('--container-runtime-endpoint=unix:///run/crio/crio.sock --v=2'));
    expect(upgradedKubeletFlags(flags, release('v1.34.9'), true)).toEqual({
      flags: [{ name: 'v', value: '2' }],
      socket: 'unix:///run/crio/crio.sock',
    });
  });
});

describe('the pause image among the flags of a kubelet', () => {
  const of = (text: string) => kubeletFlagsIn(`KUBELET_KUBEADM_ARGS="${text}"`);
  it.each([
    [
      'comes where the release wants it',
      '--a=1 --z=2',
      '--pod-infra-container-image=p:2',
      '--a=1 --pod-infra-container-image=p:2 --z=2',
    ],
    [
      'is the new one',
      '--pod-infra-container-image=p:1 --z=2',
      '--pod-infra-container-image=p:2',
      '--pod-infra-container-image=p:2 --z=2',
    ],
    ['goes where it does not', '--a=1 --pod-infra-container-image=p:1', '--a=1', '--a=1'],
  ])('%s', (_, flags, wanted, expected) => {
    expect(withPauseImage(of(flags), of(wanted))).toEqual(of(expected));
  });
});
