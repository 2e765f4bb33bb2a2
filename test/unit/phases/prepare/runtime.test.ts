import { describe, expect, it } from 'vitest';
import { pauseImage } from '../../../../src/manifests/images.ts';
import { runtime } from '../../../../src/phases/prepare/runtime.ts';
import { Secret } from '../../../../src/secret.ts';
import { initConfig, minors, release } from '../../manifests/config.ts';
import { desired, fileIn } from './decide.ts';

const config = '/etc/containerd/config.toml';
const daemon = '/etc/docker/daemon.json';

describe('containerd', () => {
  it.each(minors)('has the sandbox image that kubeadm of v%s has, through the cluster’s mirror', (minor) => {
    const cluster = initConfig(minor, {
      cluster: { imageRepository: 'registry.aliyuncs.com/google_containers' },
    }).cluster;
    const text = fileIn(desired(runtime, 'stream-9', { version: `${minor}.0`, context: { cluster } }), config);
    expect(text).toContain(`sandbox_image = "${pauseImage(cluster, release(minor))}"`);
    expect(text).toContain('registry.aliyuncs.com/google_containers/pause:');
  });

  it('has its CRI plugin, whatever its file said', () => {
    const files = { [config]: 'disabled_plugins = ["cri"]\n' };
    expect(fileIn(desired(runtime, 'centos-7', { files }), config)).not.toContain('disabled_plugins');
  });

  it.each([
    ['systemd', 'SystemdCgroup = true'],
    ['cgroupfs', 'SystemdCgroup = false'],
  ])('has the cgroup driver %s', (cgroupDriver, line) => {
    expect(fileIn(desired(runtime, 'stream-9', { wishes: { runtime: { cgroupDriver } } }), config)).toContain(line);
  });

  it('asks mirrors in their order, then the registry itself', () => {
    const registryMirrors = { 'docker.io': ['https://a.example', 'http://10.0.0.2:5000'] };
    const changes = desired(runtime, 'stream-9', { wishes: { runtime: { registryMirrors } } });
    expect(fileIn(changes, '/etc/containerd/certs.d/docker.io/hosts.toml')).toBe(`# Made by kinit.
server = "https://registry-1.docker.io"

[host."https://a.example"]
  capabilities = ["pull", "resolve"]

[host."http://10.0.0.2:5000"]
  capabilities = ["pull", "resolve"]
`);
  });

  it('starts again when its file is new, and at every boot', () => {
    expect(desired(runtime, 'stream-9').at(-1)).toMatchObject({
      kind: 'service',
      name: 'containerd',
      enabled: true,
      restartFor: [config],
    });
  });

  it('does not show a file that may hold a registry’s password', () => {
    const files = { [config]: '[plugins.cri.registry.configs."r".auth]\npassword = "hunter2"\n' };
    const file = desired(runtime, 'stream-9', { files }).find((change) => change.kind === 'file');
    expect(file?.kind === 'file' && file.content).toBeInstanceOf(Secret);
  });
});

describe('docker', () => {
  const wishes = { runtime: { name: 'docker', registryMirrors: { 'docker.io': ['https://a.example'] } } };
  const of = (text?: string) =>
    desired(runtime, 'centos-7', { version: '1.20.2', wishes, files: text === undefined ? {} : { [daemon]: text } });

  it('has the cgroup driver and mirrors beside what its file had', () => {
    const text = fileIn(of('{"data-root": "/data", "exec-opts": ["native.cgroupdriver=cgroupfs", "a=b"]}'), daemon)!;
    expect(JSON.parse(text)).toEqual({
      'data-root': '/data',
      'exec-opts': ['a=b', 'native.cgroupdriver=systemd'],
      'registry-mirrors': ['https://a.example'],
    });
  });

  it('is told which registries speak plain HTTP, beside those that it knows', () => {
    const registryMirrors = { 'docker.io': ['http://10.0.0.2:5000'], '10.0.0.2:5000': ['http://10.0.0.2:5000'] };
    const changes = desired(runtime, 'centos-7', {
      version: '1.20.2',
      wishes: { runtime: { name: 'docker', registryMirrors } },
      files: { [daemon]: '{"insecure-registries": ["old.example"]}' },
    });
    expect(JSON.parse(fileIn(changes, daemon)!)).toMatchObject({
      'registry-mirrors': ['http://10.0.0.2:5000'],
      'insecure-registries': ['old.example', '10.0.0.2:5000'],
    });
  });

  it('keeps a file that says all of it, as it is written', () => {
    const text = '{"exec-opts":["native.cgroupdriver=systemd"],\n"registry-mirrors":["https://a.example"]}';
    expect(fileIn(of(text), daemon)).toBe(text);
  });

  it('is refused with a file that is not JSON', () => {
    expect(() => of('{"a": ')).toThrow('/etc/docker/daemon.json is not the JSON that docker takes');
  });
});
