import { canLose, hasStarted, memberAt } from '../../etcd/members.ts';
import type { Change } from '../../execute/change.ts';
import type { JoinControlPlaneContext } from '../join-context.ts';
import type { Phase } from '../phase.ts';
import { etcdManifest, ownMemberReads, ownPeerUrl } from './own-member.ts';

/**
 * What a join that failed at etcd takes back: the node's own member, as long as it has no vote or has never started, and
 * only where the others can decide without it. Its etcd ends before its data go, and it leaves last: killed in between, the
 * next run finds a member without its data and begins anew.
 */
export const etcdWithdrawn: Phase<JoinControlPlaneContext> = {
  name: 'etcd-withdrawn',
  title: 'etcd member taken back',
  reads: ownMemberReads,
  desired: (context, { etcd }): readonly Change[] => {
    const { etcd: access } = context.controlPlane;
    const { local } = context.cluster.etcd;
    const peerUrl = ownPeerUrl(context);
    const own = memberAt(etcd?.members ?? [], peerUrl);
    if (access === undefined || local === undefined || etcd?.members === undefined || own === undefined) return [];
    const isNobodysLoss = own.isLearner || !hasStarted(own);
    if (!isNobodysLoss || !canLose(etcd.members, own.id, etcd.healthy)) return [];
    return [
      { kind: 'absent', path: etcdManifest, transient: true },
      {
        kind: 'command',
        argv: ['sh', '-c', ended, 'sh', local.dataDir],
        deadline: 60,
        what: 'waiting for etcd to end',
      },
      { kind: 'absent', path: local.dataDir, contents: true, transient: true },
      {
        kind: 'etcd-member',
        how: 'absent',
        peerUrl,
        access,
        optional: true,
        says: `[etcd] Taking back the etcd member ${peerUrl}, which has no vote yet`,
      },
    ];
  },
};

/** Until no process has the data; `[=]`, so that the search does not find itself. */
const ended = `while grep -lsqzx -- "--data-dir[=]$1" /proc/[0-9]*/cmdline; do sleep 0.2 2>/dev/null || sleep 1; done`;
