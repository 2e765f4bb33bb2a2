import { describe, expect, it } from 'vitest';
import { etcdPod } from '../../../src/manifests/etcd.ts';
import { kubeletConfiguration } from '../../../src/manifests/kubelet-configuration.ts';
import { staticPods } from '../../../src/manifests/static-pods.ts';
import { toYaml } from '../../../src/yaml.ts';
import { bareHost, initConfig, release } from './config.ts';

/** The snapshots are what kubeadm of that version wrote for the same configuration, byte for byte. */
describe.each(['1.20.2', '1.36.2'])('kubeadm %s', (version) => {
  const config = initConfig(version);
  const directories = ['/etc/ca-certificates', '/usr/local/share/ca-certificates', '/usr/share/ca-certificates'];
  const host = { ...bareHost, caDirectories: directories };
  const files: readonly (readonly [string, object])[] = [
    ...staticPods(config, release(version), host).map(({ file, pod }) => [file, pod] as const),
    ['etcd.yaml', etcdPod(config, release(version))],
    ['kubelet-config.yaml', kubeletConfiguration(config, release(version), { systemdResolved: false })],
  ];

  it.each(files)('writes the same %s', async (file, object) => {
    await expect(toYaml(object)).toMatchFileSnapshot(`__snapshots__/${version}/${file}`);
  });
});
