import type { EtcdClusterStatus } from '../../workflows/cluster/etcd-members.ts';
import { type Finding, trouble } from '../finding.ts';
import type { Rule } from '../rule.ts';

/** etcd writes to disk before it answers; it tells of what took longer than it wants. */
export const slowDisk: Rule = {
  check: ({ containers }) => {
    const lines = containers.filter(({ container }) => container === 'etcd').flatMap((one) => one.lines);
    const line = lines.findLast((one) => /slow fdatasync|sync duration of|slow fsync/i.test(one));
    if (line === undefined) return [];
    return [
      {
        name: 'EtcdSlowDisk',
        severity: 'warning',
        message: 'the disk is slow for etcd: it waits for its writes',
        evidence: line,
        mend: 'put etcd’s data on a disk of its own, an SSD: kinit preflight --measure-disk --config FILE measures it',
      },
    ];
  },
};

/** What its members tell. */
export const etcdTells: Rule = {
  check: ({ beyond }) => beyond.etcd?.findings ?? [],
};

/** What is wrong with etcd as its members tell it, with the member that each is about; undefined: about all of them. */
export function etcdFindings(
  etcd: EtcdClusterStatus,
): readonly { readonly member?: string; readonly finding: Finding }[] {
  const { members, tolerates, problem } = etcd;
  if (problem !== undefined) {
    const finding = trouble('EtcdSilent', 'etcd runs and does not answer, as it does where it has lost its quorum', {
      evidence: problem,
      mend: 'bring its other members back: kinit doctor on all control planes; where they are lost for good: kinit etcd force-new-cluster --host ONE-THAT-IS-LEFT',
    });
    return [{ finding }];
  }
  const alarms = members.flatMap(({ name, alarms: raised }) =>
    raised.map((alarm) => ({ member: name, finding: alarmed(name, alarm) })),
  );
  const silent = members.filter(({ role, votes }) => votes && role !== 'leader' && role !== 'follower');
  if (tolerates < 0 && members.length > 0) {
    const names = silent.map(({ name }) => name).join(', ');
    const finding = trouble('EtcdQuorum', 'etcd has lost its quorum: nothing in the cluster can be changed', {
      evidence: `${silent.length} of ${members.length} members do not take part: ${names}`,
      mend: 'bring these hosts back; where they are lost for good: kinit etcd force-new-cluster --host ONE-THAT-IS-LEFT',
    });
    return [{ finding }, ...alarms];
  }
  const down = silent.map(({ name, role }) => ({
    member: name,
    finding: trouble('EtcdMemberDown', `the member ${name} of etcd does not take part`, {
      evidence: `${role}; ${tolerates === 0 ? 'no other may be lost' : `${tolerates} more may be lost`}`,
      mend: `kinit doctor on ${name}; where it is lost for good: kinit node remove ${name} --config FILE --force`,
    }),
  }));
  return [...alarms, ...down];
}

function alarmed(member: string, alarm: string): Finding {
  const isFull = alarm === 'NOSPACE';
  return trouble(
    'EtcdAlarm',
    isFull ? 'etcd takes no writes: its database has reached its quota' : `etcd raises the alarm ${alarm}`,
    {
      evidence: `alarm ${alarm} of the member ${member}`,
      mend: isFull
        ? 'kinit etcd defrag --config FILE && kinit etcd alarm disarm --config FILE'
        : 'kinit etcd snapshot restore, or take the member out and let it join anew: kinit node remove',
    },
  );
}
