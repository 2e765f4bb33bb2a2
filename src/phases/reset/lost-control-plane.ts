import { defined } from '../../defined.ts';
import { exitCodes, KinitError } from '../../errors.ts';
import { canLose, type EtcdMember } from '../../etcd/members.ts';
import type { Change, EtcdAccess } from '../../execute/change.ts';
import type { Observed } from '../../execute/observed.ts';
import { clusterStatusHolder } from '../../manifests/cluster-status.ts';
import type { Phase } from '../phase.ts';
import { clusterStatusWithout } from './cluster-status.ts';

/** A control plane whose host nobody reaches any more, seen from another one. */
export interface LostControlPlane {
  /** Of its Node. */
  readonly node: string;
  /** Of its Node: where its member of etcd was reached. */
  readonly addresses: readonly string[];
  /** From the other one; undefined where etcd runs elsewhere. */
  readonly etcd: EtcdAccess | undefined;
  /** The cluster may have a ClusterStatus. */
  readonly hasClusterStatus: boolean;
}

/** What a lost control plane would have taken back itself, taken back for it. */
export const lostControlPlane: Phase<LostControlPlane> = {
  name: 'lost-control-plane',
  title: 'Lost control plane',
  reads: ({ etcd, hasClusterStatus }) => ({
    ...defined({ etcd }),
    ...(hasClusterStatus ? { objects: [clusterStatusHolder] } : {}),
  }),
  desired: (context, observed): readonly Change[] => [
    ...memberGone(context, observed),
    ...clusterStatusWithout(context.node, observed),
  ],
};

function memberGone({ node, addresses, etcd: access }: LostControlPlane, { etcd }: Observed): readonly Change[] {
  if (access === undefined || etcd === undefined) return [];
  if (etcd.problem !== undefined) {
    throw new KinitError(`etcd does not answer, so the member of ${node} cannot be taken out of it: ${etcd.problem}`, {
      hint: '`kinit status` shows the members; with the quorum lost, bring one of the others back first',
    });
  }
  const { members, healthy } = etcd;
  const own = members.find((member) => isOf(member, node, addresses));
  const [peerUrl] = own?.peerURLs ?? [];
  if (own === undefined || peerUrl === undefined) return [];
  if (healthy.has(own.id)) {
    throw new KinitError(`the etcd of ${node} runs, though its host is not reached; nothing was touched`, {
      exitCode: exitCodes.preflight,
      hint: `shut the host down first, or let \`kinit node remove ${node}\` reach it over SSH`,
    });
  }
  if (!canLose(members, own.id, healthy)) {
    throw new KinitError(`too few members of etcd answer to take out that of ${node}; nothing was touched`, {
      exitCode: exitCodes.preflight,
      hint: '`kinit status` shows the members: bring the others back first',
    });
  }
  return [
    {
      kind: 'etcd-member',
      how: 'absent',
      peerUrl,
      access,
      says: `[reset] Removing the etcd member ${peerUrl} of the lost node ${node}`,
    },
  ];
}

/** kubeadm and kinit name a member after its node; one that never started has no name. */
function isOf({ name, peerURLs }: EtcdMember, node: string, addresses: readonly string[]): boolean {
  if (name !== '') return name === node;
  return peerURLs.some((url) => URL.canParse(url) && addresses.includes(new URL(url).hostname.replace(/^\[|\]$/g, '')));
}
