import { describe, expect, it } from 'vitest';
import { factsOf, type Machine, preflightOf } from './hosts.ts';

const told = (machine: Machine, version: string, day: string) =>
  preflightOf('init', version, { facts: { os: factsOf(machine).os, clock: Date.parse(`${day}T12:00:00Z`) / 1000 } })
    .warnings.filter(({ name }) => name === 'EndOfSupport')
    .map(({ message }) => message);

describe('what gets no more fixes', () => {
  it.each<[Machine, string, string, readonly string[]]>([
    ['stream-9', 'v1.36.3', '2027-05-31', []],
    ['stream-9', 'v1.36.3', '2027-06-01', ['CentOS Stream 9 gets no more fixes since 2027-05-31']],
    ['rocky-9', 'v1.36.3', '2027-06-28', []],
    ['rocky-9', 'v1.36.3', '2027-06-29', ['Kubernetes v1.36 gets no more fixes since 2027-06-28']],
    [
      'centos-7',
      'v1.20.2',
      '2026-11-29',
      ['Kubernetes v1.20 gets no more fixes since 2022-02-28', 'CentOS 7 gets no more fixes since 2024-06-30'],
    ],
    ['debian-12', 'v1.37.1', '2026-11-29', []],
  ])('is warned of on %s with %s on %s by the host’s clock', (machine, version, day, expected) => {
    expect(told(machine, version, day)).toEqual(expected);
  });
});
