import { describe, expect, test } from 'vitest';
import type { ResetConfig } from '../../../../src/config/types.ts';
import type { SeenFile } from '../../../../src/host/host.ts';
import { etcdPod } from '../../../../src/manifests/etcd.ts';
import { staticPods } from '../../../../src/manifests/static-pods.ts';
import { certificateRemovals, certificatesDirectory } from '../../../../src/phases/reset/certificates.ts';
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

/** What becomes of a path that stands in a manifest of the host, which others may have edited. */
describe('a path in a host’s own files', () => {
  const apiServer = (flag: unknown) =>
    new Map([
      ['/etc/kubernetes/manifests/kube-apiserver.yaml', file(toYaml({ spec: { containers: [{ command: [flag] }] } }))],
    ]);
  const etcd = (path: unknown, flags: readonly unknown[] = []) =>
    new Map([
      [
        '/etc/kubernetes/manifests/etcd.yaml',
        file(
          toYaml({ spec: { containers: [{ command: flags }], volumes: [{ name: 'etcd-data', hostPath: { path } }] } }),
        ),
      ],
    ]);

  test.each([
    ['/etc/kubernetes/../ca.crt', '/etc'],
    ['/etc/kubernetes//ca.crt', '/etc/kubernetes'],
    ['/etc/kubernetes/pki/./ca.crt', '/etc/kubernetes/pki'],
    ['pki/ca.crt', undefined],
  ])('is the one that it leads to: --client-ca-file=%s', (path, directory) => {
    expect(residentOf(apiServer(`--client-ca-file=${path}`)).certificatesDir).toBe(directory);
  });

  test.each([
    ['/data/../', '/'],
    ['/data/etcd/', '/data/etcd'],
    ['data', '/var/lib/etcd'],
    ['', '/var/lib/etcd'],
    [7, '/var/lib/etcd'],
  ])('is the one that it leads to: etcd’s data in %j', (path, directory) => {
    expect(residentOf(etcd(path)).etcd?.dataDir).toBe(directory);
  });

  test.each([
    ['containers', { containers: 'x' }],
    ['a container', { containers: [null] }],
    ['an image', { containers: [{ image: 7 }] }],
    ['words', { containers: [{ command: [null, 7, {}], args: 'x' }] }],
    ['volumes', { containers: [{}], volumes: [null, { name: 'etcd-data', hostPath: 'x' }] }],
  ])('is not known where %s are something else', (_, spec) => {
    const files = ['kube-apiserver', 'etcd'].map(
      (name) => [`/etc/kubernetes/manifests/${name}.yaml`, file(toYaml({ spec }))] as const,
    );
    expect(residentOf(new Map(files))).toMatchObject({ version: undefined, certificatesDir: undefined });
  });

  test('that is no URL is nobody to ask', () => {
    expect(residentOf(etcd('/data', ['--listen-client-urls=here,there'])).etcd?.servers).toEqual([]);
  });

  test.each(['/etc', '/etc/kubernetes', '/etc/ssl', '/'])(
    'of certificates is not removed where it is not kubeadm’s alone: %s',
    (directory) => {
      const gone = (path: string) => ({ kind: 'absent', path }) as const;
      for (const change of certificateRemovals(directory, gone)) {
        expect(change).toMatchObject({ kind: 'absent', path: expect.stringMatching(/\.(crt|key|pub)$/) as string });
      }
    },
  );

  test('of a configuration is the one that it leads to', () => {
    const config = { certificatesDir: '/etc/kubernetes/../' } as ResetConfig;
    expect(certificatesDirectory(config, residentOf(new Map()))).toBe('/etc');
  });
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
