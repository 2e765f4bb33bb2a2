import { describe, expect, it } from 'vitest';
import { limitsOf, nearestMinor } from '../../../src/release/limits.ts';
import { parseVersion } from '../../../src/release/version.ts';
import { factsOf, type Machine, namesOf, preflightOf, type Situation } from './hosts.ts';

const real = (machine: Machine, situation: Situation = {}): Situation => {
  const facts = factsOf(machine);
  return {
    ...situation,
    facts: { ...facts, ...situation.facts },
    subject: { nodeName: facts.hostname, ...situation.subject },
  };
};
const docker = { criSocket: '/var/run/dockershim.sock' };

describe('what real systems are told', () => {
  it.each<[Machine, string, string, Situation, readonly string[]]>([
    [
      'centos-7',
      "the blog posts' machine before anything is prepared",
      'v1.18.0',
      { subject: docker },
      [
        'ERROR Swap',
        'ERROR FileExisting-conntrack',
        'ERROR FileContent--proc-sys-net-bridge-bridge-nf-call-iptables',
        'warning Firewalld',
        'warning HTTPProxy',
        'warning HTTPProxyCIDR',
        'warning HTTPProxyCIDR',
        'warning IsDockerSystemdCheck',
        'warning FileExisting-socat',
        'warning Hostname',
        'warning Service-Kubelet',
        'warning SELinux',
        'warning SwapInFstab',
        'warning TimeSync',
        'warning DeadRepository',
        'warning DeadRepository',
        'warning DeadRepository',
        'warning EndOfSupport',
        'warning EndOfSupport',
      ],
    ],
    [
      'centos-8',
      'prepared, behind a mirror',
      'v1.28.15',
      { subject: { nodeName: 'node8' } },
      [
        'warning FileExisting-ebtables',
        'warning SandboxImage',
        'warning DeadRepository',
        'warning EndOfSupport',
        'warning EndOfSupport',
      ],
    ],
    ['stream-9', 'prepared', 'v1.36.2', {}, ['warning SystemVerification', 'warning SELinux']],
    ['stream-10', 'prepared', 'v1.36.2', {}, ['warning SELinux']],
    [
      'rocky-9',
      'with CRI-O and the rests of an earlier cluster',
      'v1.31.4',
      { subject: { criSocket: 'unix:///run/crio/crio.sock' } },
      [
        'warning Firewalld',
        'warning LeftoverCluster',
        'warning LeftoverCNI',
        'warning SELinux',
        'warning EndOfSupport',
      ],
    ],
    [
      'debian-12',
      "with Debian's containerd",
      'v1.20.2',
      {},
      ['warning FileExisting-crictl', 'warning SandboxImage', 'warning EndOfSupport'],
    ],
  ])('%s %s (%s)', (machine, _, version, situation, expected) => {
    expect(namesOf(preflightOf('init', version, real(machine, situation)))).toEqual(expected);
  });
});

describe('a machine that a version cannot run on is told what can', () => {
  it.each<[Machine, string, string, Situation]>([
    ['centos-7', 'v1.33.0', 'v1.23', { subject: docker }],
    ['centos-7', 'v1.35.0', 'v1.31', {}],
    ['centos-8', 'v1.32.0', 'v1.31', {}],
    ['centos-8', 'v1.36.2', 'v1.31', {}],
  ])('%s and %s: %s', (machine, version, nearest, situation) => {
    const { errors } = preflightOf('init', version, real(machine, { subject: situation.subject ?? {} }));
    const refusals = errors.filter(({ mend }) => mend?.includes('nearest'));
    expect(refusals.length).toBeGreaterThan(0);
    for (const { mend } of refusals) expect(mend).toContain(`the nearest minor that works here is ${nearest} `);
  });

  const machine = { kernel: '6.12.0', cgroup: 2, allowCgroupV1: false } as const;
  const limits = { oldest: 18, newest: 36 };
  it.each([
    ['docker with v1.30', { kind: 'docker', version: '20.10.24' }, '1.30.0', 23],
    ['containerd 1.5 with v1.36', { kind: 'containerd', version: '1.5.18' }, '1.36.0', 25],
    ['containerd 2.1 with v1.20: newer ones alone', { kind: 'containerd', version: '2.1.4' }, '1.20.2', 23],
    ['containerd 1.7 with v1.18 on cgroup v2', { kind: 'containerd', version: '1.7.27' }, '1.18.0', 19],
  ] as const)('%s', (_, runtime, version, nearest) => {
    expect(limitsOf({ ...machine, runtime }, parseVersion(version))).toHaveLength(1);
    expect(nearestMinor({ ...machine, runtime }, parseVersion(version), limits)).toBe(nearest);
  });

  it('cgroup v1 is only warned of where the kubelet is told to bear it', () => {
    const v1 = { facts: { cgroup: { version: 1 as const, controllers: factsOf('centos-8').cgroup.controllers } } };
    expect(namesOf(preflightOf('init', 'v1.36.2', v1))).toEqual(['ERROR SystemVerification']);
    const borne = { ...v1, subject: { kubelet: { failCgroupV1: false } } };
    expect(namesOf(preflightOf('init', 'v1.36.2', borne))).toEqual(['warning SystemVerification']);
  });
});
