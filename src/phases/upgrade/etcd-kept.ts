import { posix } from 'node:path';
import { KinitError } from '../../errors.ts';
import { hasStarted, memberAt, memberName } from '../../etcd/members.ts';
import type { Change } from '../../execute/change.ts';
import type { Observed, SeenEtcd } from '../../execute/observed.ts';
import { peerURL } from '../../manifests/etcd.ts';
import type { Phase } from '../phase.ts';
import type { UpgradeContext } from '../upgrade-context.ts';
import { etcdRoomCommands, noEtcdRoom } from './etcd-room.ts';

/**
 * etcd's data as they are, for a way back, before its member is begun anew. It is no part of what a failure brings back: who
 * restores them needs them.
 */
export const etcdKept: Phase<UpgradeContext> = {
  name: 'control-plane',
  title: "etcd's data kept",
  reads: (context) => {
    const { config, folders, etcd } = context;
    const dataDir = config.cluster.etcd.local?.dataDir ?? '';
    return {
      paths: [dataDir, folders.etcd, backupOf(context)],
      commands: etcdRoomCommands(dataDir, folders.etcd),
      ...(etcd === undefined ? {} : { running: { etcd } }),
    };
  },
  desired: (context, observed): readonly Change[] => {
    const { local } = context.config.cluster.etcd;
    if (local === undefined) return [];
    refuseSickEtcd(context, observed);
    const full = noEtcdRoom(observed.commands, local.dataDir, context.folders.etcd);
    if (full !== undefined) throw full;
    const to = backupOf(context);
    return [
      { kind: 'directory', path: context.folders.etcd, mode: 0o700 },
      { kind: 'copy', from: local.dataDir, to, says: `[upgrade/etcd] Backing up etcd's data to "${to}"` },
    ];
  },
};

/** kubeadm copies the folder into its own (cp -r). */
export function backupOf({ config, folders }: UpgradeContext): string {
  return `${folders.etcd}/${posix.basename(config.cluster.etcd.local?.dataDir ?? 'etcd')}`;
}

/** Throws KinitError where not all members are well: to begin one anew beside another that is down may stop the cluster. */
function refuseSickEtcd({ config }: UpgradeContext, { etcd: seen }: Observed): void {
  if (seen === undefined) return;
  const why = sickness(seen, peerURL(config.localAPIEndpoint.advertiseAddress));
  if (why.length === 0) return;
  throw new KinitError(
    ['the etcd cluster is not healthy, and its member here is not begun anew now:', ...why].join('\n'),
    { ownLines: true, hint: 'bring its members back first, then run the same command again' },
  );
}

function sickness(seen: SeenEtcd, own: string): readonly string[] {
  if (seen.members === undefined) return [`it cannot be asked: ${seen.problem}`];
  const { members, healthy, alarms } = seen;
  const silent = members.filter(({ id, isLearner }) => !isLearner && !healthy.has(id));
  return [
    ...(memberAt(members, own) === undefined ? [`none of its members is at ${own}, the address of this host`] : []),
    ...silent.map((one) =>
      hasStarted(one)
        ? `member ${memberName(one)} is not healthy at ${one.clientURLs.join(', ')}`
        : `member ${memberName(one)} at ${one.peerURLs.join(', ')} has never started`,
    ),
    ...alarms.map(({ memberId, alarm }) => {
      const member = members.find(({ id }) => id === memberId);
      return `member ${member === undefined ? memberId : memberName(member)} raises the alarm ${alarm}`;
    }),
  ];
}
