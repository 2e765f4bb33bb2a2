import { describe, expect, test } from 'vitest';
import type { SeenFile } from '../../../../src/host/host.ts';
import { etcdPod } from '../../../../src/manifests/etcd.ts';
import { staticPods } from '../../../../src/manifests/static-pods.ts';
import { mountsBelow, unmountOptions } from '../../../../src/phases/reset/mounts.ts';
import { residentOf } from '../../../../src/phases/reset/resident.ts';
import { toYaml } from '../../../../src/yaml.ts';
import { initConfig, minors, release } from '../../manifests/config.ts';

const file = (text: string): SeenFile => ({
  type: 'file',
  mode: 0o600,
  owner: 'root:root',
  modified: 0,
  content: Buffer.from(text),
});

function controlPlane(version: string, dataDir = '/var/lib/etcd') {
  const config = initConfig(version, {
    cluster: {
      certificatesDir: '/etc/kubernetes/own-pki',
      etcd: { local: { dataDir, extraArgs: [], extraEnvs: [], serverCertSANs: [], peerCertSANs: [] } },
    },
  });
  const host = { caDirectories: [], proxyEnvironment: new Map<string, string>() };
  const manifests = staticPods(config, release(version), host).map(({ name, pod }) => [name, pod] as const);
  return new Map(
    [...manifests, ['etcd', etcdPod(config, release(version))] as const].map(([name, pod]) => [
      `/etc/kubernetes/manifests/${name}.yaml`,
      file(toYaml(pod)),
    ]),
  );
}

describe('a host’s own files tell', () => {
  test.each(minors)('the version, the certificates and the etcd of a control plane of %s', (version) => {
    expect(residentOf(controlPlane(version, '/data/etcd'))).toMatchObject({
      isControlPlane: true,
      version: { text: `v${version}.0` },
      certificatesDir: '/etc/kubernetes/own-pki',
      etcd: { dataDir: '/data/etcd', peerUrl: 'https://192.0.2.10:2380', servers: ['https://127.0.0.1:2379'] },
    });
  });

  test('which other members of etcd can be asked', () => {
    const manifest = toYaml(etcdPod(initConfig('1.31'), release('1.31'))).replace(
      'cp1=https://192.0.2.10:2380',
      'cp2=https://192.0.2.20:2380,cp1=https://192.0.2.10:2380',
    );
    expect(residentOf(new Map([['/etc/kubernetes/manifests/etcd.yaml', file(manifest)]])).etcd?.servers).toEqual([
      'https://127.0.0.1:2379',
      'https://192.0.2.20:2379',
    ]);
  });

  test.each([
    [
      '/var/lib/kubelet/kubeadm-flags.env',
      'KUBELET_KUBEADM_ARGS="--container-runtime-endpoint=unix:///run/crio/crio.sock --x=y"\n',
    ],
    ['/var/lib/kubelet/instance-config.yaml', 'containerRuntimeEndpoint: unix:///run/crio/crio.sock\n'],
    ['/var/lib/kubelet/config.yaml', 'containerRuntimeEndpoint: unix:///run/crio/crio.sock\n'],
  ])('the container runtime: %s', (path, text) => {
    expect(residentOf(new Map([[path, file(text)]])).criSocket).toBe('unix:///run/crio/crio.sock');
  });

  test.each([new Map(), new Map([['/etc/kubernetes/manifests/kube-apiserver.yaml', file('{ not yaml')]])])(
    'nothing where they are missing or broken',
    (files) => {
      expect(residentOf(files)).toMatchObject({
        version: undefined,
        certificatesDir: undefined,
        etcd: undefined,
        criSocket: undefined,
      });
    },
  );
});

describe('mounts below the kubelet’s directory', () => {
  const mounts = [
    '/dev/vda /var/lib/kubelet ext4 rw 0 0',
    'tmpfs /var/lib/kubelet/pods/1/volumes/a tmpfs rw 0 0',
    '/dev/vdb /var/lib/kubelet/pods/1/volumes/a/sub\\040path ext4 rw 0 0',
    'tmpfs /var/lib/kubelet-mine tmpfs rw 0 0',
  ].join('\n');

  test('are unmounted in the reverse of their order; the directory itself and its neighbours are not', () => {
    expect(mountsBelow(mounts, '/var/lib/kubelet')).toEqual([
      '/var/lib/kubelet/pods/1/volumes/a/sub path',
      '/var/lib/kubelet/pods/1/volumes/a',
    ]);
  });

  test('with the options that umount has for the configured flags', () => {
    expect(unmountOptions(['MNT_FORCE', 'MNT_DETACH', 'MNT_EXPIRE', 'UMOUNT_NOFOLLOW'])).toEqual(['-f', '-l', '-c']);
  });
});
