import { describe, expect, it } from 'vitest';
import { parseRuntimes } from '../../../src/host/facts/facts-runtimes.ts';

const folderOf = (...config: readonly string[]) =>
  parseRuntimes(['socket /run/containerd/containerd.sock', ...config.map((line) => `config ${line}`)])[0]
    ?.registryFolder;

describe('where containerd looks for mirrors, in its own answer (containerd config dump)', () => {
  it.each([
    [
      'version 2, double quotes',
      ['    [plugins."io.containerd.grpc.v1.cri".registry]', '      config_path = "/etc/containerd/certs.d"'],
      '/etc/containerd/certs.d',
    ],
    [
      'version 3, single quotes',
      ["    [plugins.'io.containerd.cri.v1.images'.registry]", "      config_path = '/etc/containerd/certs.d'"],
      '/etc/containerd/certs.d',
    ],
    [
      'version 3 with several folders, as containerd 2.1 has by itself',
      [
        "    [plugins.'io.containerd.cri.v1.images'.registry]",
        "      config_path = '/etc/containerd/certs.d:/etc/docker/certs.d'",
      ],
      '/etc/containerd/certs.d',
    ],
    ['none', ["    [plugins.'io.containerd.cri.v1.images'.registry]", "      config_path = ''"], undefined],
    [
      'another plugin’s',
      ["  [plugins.'io.containerd.transfer.v1.local']", "    config_path = '/elsewhere'"],
      undefined,
    ],
  ])('%s', (_, config, folder) => {
    expect(folderOf(...config)).toBe(folder);
  });
});
