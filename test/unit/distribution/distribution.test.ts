import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { distributionOf } from '../../../src/distribution/distribution.ts';
import { parseFacts } from '../../../src/host/facts/parse-facts.ts';

const facts = (name: string) =>
  parseFacts(readFileSync(new URL(`../../fixtures/facts/${name}.txt`, import.meta.url), 'utf8'));
const os = (id: string, version: string, like: readonly string[] = [], name = id) => ({
  os: { id, version, like, name },
});

describe('the distribution of a host', () => {
  it.each([
    ['centos-7', 'CentOS 7', 'yum', '7', '7.9.2009', 'iproute'],
    ['centos-8', 'CentOS 8', 'dnf', '8', '8.5.2111', 'iproute-tc'],
    ['stream-9', 'CentOS Stream 9', 'dnf', '9', undefined, 'iproute-tc'],
    ['stream-10', 'CentOS Stream 10', 'dnf', '10', undefined, 'iproute-tc'],
    ['rocky-9', 'RHEL 9', 'dnf', '9', undefined, 'iproute-tc'],
    ['debian-12', 'Debian', undefined, undefined, undefined, 'iproute-tc'],
  ])('%s is known with its package manager, repositories and packages', (fixture, name, manager, docker, vault, tc) => {
    const { packageManager, dockerRelease, packages, ...found } = distributionOf(facts(fixture))!;
    expect([found.name, packageManager, dockerRelease, found.vault, packages['tc']]).toEqual([
      name,
      manager,
      docker,
      vault,
      tc,
    ]);
  });

  it('tells CentOS Stream 8 from CentOS 8, whose vaults differ', () => {
    expect(distributionOf(os('centos', '8', ['rhel'], 'CentOS Stream 8'))?.vault).toBe('8-stream');
  });

  it.each([
    ['almalinux', '8.10', 'RHEL 8'],
    ['ol', '9.4', 'RHEL 9'],
    ['rhel', '10.0', 'RHEL 10'],
    ['openEuler', '22.03', 'openEuler'],
    ['anolis', '8.9', 'Anolis OS 8'],
  ])('takes %s %s for %s', (id, version, name) => {
    expect(distributionOf(os(id, version, ['rhel', 'fedora']))?.name).toBe(name);
  });

  it('does not guess', () => {
    expect(distributionOf(os('alpine', '3.20'))).toBeUndefined();
    expect(distributionOf(os('fedora', '42'))).toBeUndefined();
  });
});
