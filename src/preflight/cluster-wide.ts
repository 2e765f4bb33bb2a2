import { installAdvice } from '../distribution/distribution.ts';
import type { ClusterMember, HostProblem, PlannedCluster, PlannedHost } from './between/rule.ts';
import { betweenRules } from './between/rules.ts';
import { lookup } from './name-lookup.ts';
import { failure, type Problem, warning } from './problem.ts';

/** What is wrong only between machines: things that must differ and do not, clocks, and names. */
export function clusterWide(members: readonly ClusterMember[], planned?: PlannedCluster): readonly HostProblem[] {
  return [
    ...unique.flatMap((rule) => duplicates(members, rule)),
    ...clockSkew(members),
    ...resolution(members),
    ...(planned === undefined ? [] : betweenRules.flatMap((rule) => rule.check(members, planned))),
  ];
}

/** The commands that tell on one host what is between it and the others. */
export function betweenReads(own: PlannedHost, planned: PlannedCluster): readonly (readonly string[])[] {
  return betweenRules.flatMap((rule) => rule.reads?.(own, planned) ?? []);
}

/** The commands that tell on one host how it resolves the names of all. */
export function lookupsOf(nodeNames: readonly string[]): readonly (readonly string[])[] {
  return nodeNames.map(lookup);
}

interface UniqueRule {
  readonly name: string;
  readonly what: string;
  readonly values: (member: ClusterMember) => readonly string[];
  readonly severity: Problem['severity'];
  readonly mend: string;
}

/** https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/install-kubeadm/ (verify the MAC address and product_uuid are unique) */
const unique: readonly UniqueRule[] = [
  {
    name: 'DuplicateHostname',
    what: 'node name',
    values: ({ nodeName }) => [nodeName.toLowerCase()],
    severity: 'error',
    mend: 'hostnamectl set-hostname NAME, or give the hosts names in the file',
  },
  {
    name: 'DuplicateMachineId',
    what: 'machine-id',
    values: ({ facts }) => [facts.identity.machineId],
    severity: 'warning',
    mend: 'rm -f /etc/machine-id && systemd-machine-id-setup, and a reboot (the machines are copies of one image)',
  },
  {
    name: 'DuplicateProductUuid',
    what: 'product_uuid',
    values: ({ facts }) => [facts.identity.productUuid],
    severity: 'warning',
    mend: 'give the virtual machine a UUID of its own',
  },
  {
    name: 'DuplicateMac',
    what: 'MAC address',
    values: ({ facts }) => facts.identity.macs,
    severity: 'warning',
    mend: 'give the virtual machine a MAC address of its own',
  },
];

function duplicates(members: readonly ClusterMember[], rule: UniqueRule): readonly HostProblem[] {
  const holders = new Map<string, string[]>();
  for (const member of members) {
    for (const value of rule.values(member).filter((text) => text !== '')) {
      holders.set(value, [...(holders.get(value) ?? []), member.host]);
    }
  }
  return [...holders].flatMap(([value, hosts]) =>
    hosts.length < 2
      ? []
      : hosts.map((host) => {
          const message = `${rule.what} ${value} belongs to ${hosts.length} hosts`;
          const { name, severity, mend } = rule;
          return { host, problem: { name, severity, message, mend } };
        }),
  );
}

/** Seconds by which a clock may differ from the others': beyond it certificates just made are not yet valid there. */
const tolerated = 5;

/**
 * Clocks against the median of all, after the doubt that each answer's journey leaves: a host's clock was read somewhere
 * between asking and the answer's arrival.
 */
function clockSkew(members: readonly ClusterMember[]): readonly HostProblem[] {
  const known = members.filter(({ facts }) => Number.isFinite(facts.clock));
  if (known.length < 2) return [];
  const offsets = known.map(({ facts, asked, answered }) => facts.clock - (asked + answered) / 2);
  const median = medianOf(offsets);
  return known.flatMap(({ host, asked, answered }, at) => {
    const offset = (offsets[at] ?? 0) - median;
    const certain = Math.abs(offset) - (answered - asked) / 2;
    if (certain <= tolerated) return [];
    const message = `the clock is ${Math.round(Math.abs(offset))} s ${offset > 0 ? 'ahead of' : 'behind'} the other hosts`;
    const evidence = `more than ${tolerated} s make certificates and tokens invalid`;
    const mend = `${installAdvice('chrony')} && systemctl enable --now chronyd && chronyc makestep`;
    return [{ host, problem: failure('ClockSkew', message, { evidence, mend, prepared: true }) }];
  });
}

function medianOf(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}

/** Every host should find the others by name, and must not find somebody else. */
function resolution(members: readonly ClusterMember[]): readonly HostProblem[] {
  return members.flatMap((member) => {
    const others = members.filter((other) => other !== member && other.nodeName !== member.nodeName);
    const found = (name: string) => member.resolves?.get(name) ?? member.facts.resolves.get(name.toLowerCase()) ?? [];
    const unknown = others.filter(({ nodeName }) => found(nodeName).length === 0);
    const strange = others.filter(({ nodeName, facts }) => {
      const addresses = found(nodeName);
      const own = facts.addresses.map(({ address }) => address);
      return addresses.length > 0 && !addresses.some((address) => own.includes(address));
    });
    const line = ({ nodeName, facts }: ClusterMember) =>
      `${facts.defaultAddress.v4 ?? facts.defaultAddress.v6 ?? 'ADDRESS'} ${nodeName}`;
    const problems: Problem[] = [];
    if (unknown.length > 0) {
      const message = `cannot resolve ${unknown.map(({ nodeName }) => nodeName).join(', ')}`;
      problems.push(
        warning('NodeResolution', message, { mend: `in /etc/hosts: ${unknown.map(line).join('; ')}`, prepared: true }),
      );
    }
    for (const other of strange) {
      const message = `${other.nodeName} resolves to an address that is not that host's`;
      const mend = `in /etc/hosts: ${line(other)}`;
      problems.push(
        warning('NodeResolution', message, { evidence: found(other.nodeName).join(' '), mend, prepared: true }),
      );
    }
    return problems.map((problem) => ({ host: member.host, problem }));
  });
}
