import { describe, expect, it } from 'vitest';
import { nearestVersions, offeredVersions } from '../../../src/execute/perform-packages.ts';

describe('what a repository offers', () => {
  it('is read from the list of yum and of dnf, without epochs and releases', () => {
    const list = `Loaded plugins: fastestmirror
Available Packages
kubelet.x86_64                    1.20.1-0                    kinit-kubernetes
kubelet.x86_64                    1.20.15-0                   kinit-kubernetes
docker-ce.x86_64                  3:20.10.24-3.el7            kinit-docker
containerd.io.x86_64              1.6.33-3.1.el7              @kinit-docker
Error: No matching Packages to list
`;
    expect([...offeredVersions(list)]).toEqual([
      ['kubelet', ['1.20.1', '1.20.15']],
      ['docker-ce', ['20.10.24']],
      ['containerd.io', ['1.6.33']],
    ]);
  });

  it.each([
    ['1.20.2', ['1.19.16', '1.20.1', '1.20.15', '1.23.17'], ['1.20.1', '1.20.15', '1.23.17']],
    ['1.18.0', ['1.20.1', '1.20.15'], ['1.20.1', '1.20.15']],
    ['1.36.2', ['1.9.0', '1.20.15'], ['1.20.15']],
  ])('nearest to %s among %j is %j', (wanted, versions, expected) => {
    expect(nearestVersions(wanted, versions)).toEqual(expected);
  });
});
