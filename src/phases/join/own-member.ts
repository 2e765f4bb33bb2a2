import { KinitError } from '../../errors.ts';
import { type EtcdMember, hasStarted, hexId, memberAt, memberName } from '../../etcd/members.ts';
import type { Observed, Reads } from '../../execute/observed.ts';
import { peerURL } from '../../manifests/etcd.ts';
import { pkiDirectory, staticPodFile } from '../../release/paths.ts';
import type { JoinControlPlaneContext } from '../join-context.ts';

/** The manifest of the node's own member. */
export const etcdManifest = staticPodFile('etcd');

/** How the others know the node's own member. */
export function ownPeerUrl({ controlPlane }: JoinControlPlaneContext): string {
  return peerURL(controlPlane.config.localAPIEndpoint.advertiseAddress);
}

/** What has to be seen to tell what became of the node's own member. */
export function ownMemberReads({ cluster, controlPlane: { etcd } }: JoinControlPlaneContext): Reads {
  const { local } = cluster.etcd;
  return {
    files: [etcdManifest],
    ...(local === undefined ? {} : { paths: [local.dataDir] }),
    // A rehearsal knows none where nothing was really made yet.
    ...(etcd === undefined || etcd.servers.length === 0 ? {} : { etcd }),
  };
}

/**
 * How far the node's own member is: unknown to the others, announced by an earlier run, started, or started once and now
 * without its data, which no etcd goes on with. Throws KinitError where it cannot become one of them: another member has its
 * address or its name, or the data on the host are another cluster's.
 */
export function ownMember(
  context: JoinControlPlaneContext,
  members: readonly EtcdMember[],
  { paths, files }: Pick<Observed, 'paths' | 'files'>,
): 'unknown' | 'announced' | 'started' | 'without its data' {
  const { name } = context.config.nodeRegistration;
  const peerUrl = ownPeerUrl(context);
  const dataDir = context.cluster.etcd.local?.dataDir ?? '';
  const own = memberAt(members, peerUrl);
  const namesake = members.find((member) => member !== own && member.name === name);
  if (namesake !== undefined)
    throw taken(`a member with the name ${name} at ${namesake.peerURLs.join(', ')}`, namesake);
  const hasData = (paths.get(dataDir)?.entries ?? []).length > 0;
  const hasManifest = files.get(etcdManifest)?.type === 'file';
  if (own !== undefined && hasStarted(own)) {
    if (own.name !== name) throw taken(`the member ${memberName(own)} at ${peerUrl}, the address of this host`, own);
    if (hasData) return 'started';
    if (own.isLearner) return 'without its data';
    throw taken(`this host's member ${name} at ${peerUrl}, whose data are not on this host any more`, own);
  }
  // A manifest comes before the data: without it they are of something else.
  if (hasData && (own === undefined || !hasManifest)) {
    throw new KinitError(`${dataDir} holds the data of an etcd that is not a member of this cluster`, {
      hint: `keep them somewhere else, or let \`kinit reset\` remove them; then run the same command again`,
    });
  }
  return own === undefined ? 'unknown' : 'announced';
}

function taken(what: string, { id }: EtcdMember): KinitError {
  return new KinitError(`etcd already has ${what}`, {
    hint: `if it is no more, take it out: \`etcdctl member remove ${hexId(id)}\` on a control plane (with the certificates of ${pkiDirectory}/etcd); then run the same command again`,
  });
}
