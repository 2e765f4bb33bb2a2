import { KinitError } from '../../errors.ts';
import { type EtcdMember, hasQuorum, hasStarted, hexId, memberAt, memberName } from '../../etcd/members.ts';
import type { Change } from '../../execute/change.ts';
import type { SeenEtcd } from '../../execute/observed.ts';
import type { JoinControlPlaneContext } from '../join-context.ts';
import type { Phase } from '../phase.ts';
import { ownMember, ownMemberReads, ownPeerUrl } from './own-member.ts';

/** Whether etcd can take one more member without a risk for those that it has: all of them are well. */
export const checkEtcd: Phase<JoinControlPlaneContext> = {
  name: 'check-etcd',
  title: 'etcd healthy',
  reads: ownMemberReads,
  desired: (context, observed): readonly Change[] => {
    if (context.cluster.etcd.external) return note('[check-etcd] Skipping etcd check in external mode');
    if (observed.etcd === undefined) return note('[check-etcd] Would check that the etcd cluster is healthy');
    refuseSick(context, observed.etcd);
    ownMember(context, observed.etcd.members ?? [], observed);
    return note('[check-etcd] Checking that the etcd cluster is healthy');
  },
};

function note(text: string): readonly Change[] {
  return [{ kind: 'note', text }];
}

/** Throws KinitError with every member that is not well, why, and what to do about it. */
function refuseSick(context: JoinControlPlaneContext, etcd: SeenEtcd): void {
  if (etcd.members === undefined) {
    throw new KinitError(`the etcd cluster cannot be asked: ${etcd.problem}`, {
      hint: 'see on a control plane whether its etcd runs: `crictl ps -a | grep etcd` and `crictl logs CONTAINERID`',
    });
  }
  const { members, healthy, alarms } = etcd;
  const own = memberAt(members, ownPeerUrl(context));
  // One that votes already asks the others for nothing.
  if (own !== undefined && hasStarted(own) && !own.isLearner) return;
  const named = (id: string) => memberName(members.find((member) => member.id === id) ?? { ...nobody, id });
  const silent = members.filter((member) => member !== own && !member.isLearner && !healthy.has(member.id));
  const lines = [
    ...alarms.map(({ memberId, alarm }) => `member ${named(memberId)} raises the alarm ${alarm}`),
    ...silent.map((member) => `member ${memberName(member)} ${whyNot(member)}`),
    ...(hasQuorum(members, healthy) ? [] : ['it has no quorum: fewer than half of its members decide nothing']),
  ];
  if (lines.length === 0) return;
  throw new KinitError(['the etcd cluster is not healthy, and takes no member now:', ...lines].join('\n'), {
    ownLines: true,
    hint: [...alarms.map(({ alarm }) => alarmMends[alarm] ?? otherAlarm), ...silent.map(mendOf)].join('\n  '),
  });
}

const nobody: EtcdMember = { id: '0', name: '', peerURLs: [], clientURLs: [], isLearner: false };

function whyNot(member: EtcdMember): string {
  if (!hasStarted(member)) return `at ${member.peerURLs.join(', ')} has been announced and has never started`;
  return `is not healthy at ${member.clientURLs.join(', ')}`;
}

function mendOf(member: EtcdMember): string {
  return `bring ${memberName(member)} back, or take it out if it is no more: \`etcdctl member remove ${hexId(member.id)}\` on a healthy control plane`;
}

/** https://etcd.io/docs/v3.6/op-guide/maintenance/#space-quota */
const alarmMends: Readonly<Record<string, string>> = {
  NOSPACE:
    'its database is full: `etcdctl compact REVISION`, `etcdctl defrag` and then `etcdctl alarm disarm` on a control plane; or give it more by etcd.local.extraArgs, quota-backend-bytes',
  CORRUPT: 'its data are damaged: take that member out, `kinit reset` its host, and let it join anew',
};
const otherAlarm = 'see `etcdctl alarm list` on a control plane';
