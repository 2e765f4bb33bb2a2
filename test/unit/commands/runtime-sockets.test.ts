import { describe, expect, it } from 'vitest';
import { runtimeSockets } from '../../../src/commands/input/runtime-sockets.ts';
import { configApiRelease } from '../../../src/release/config-api.ts';
import { parseVersion } from '../../../src/release/version.ts';

describe('the runtimes that `config migrate` finds on this machine', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['v1.22.6', [], []],
    ['v1.22.6', ['/run/containerd/containerd.sock'], ['/run/containerd/containerd.sock']],
    ['v1.22.6', ['/var/run/crio/crio.sock', '/run/other.sock'], ['/var/run/crio/crio.sock']],
    ['v1.23.0', ['/var/run/docker.sock'], ['/var/run/docker.sock']],
    ['v1.24.0', ['/var/run/containerd/containerd.sock', '/var/run/crio/crio.sock'], []],
  ])('for %s with %j are %j', async (version, there, found) => {
    const { criSockets } = configApiRelease(parseVersion(version));
    expect(await runtimeSockets(criSockets, async (path) => there.includes(path))).toEqual(found);
  });
});
