import type { Observed } from '../execute/observed.ts';
import { type EtcdPodOptions, peerURL } from '../manifests/etcd.ts';
import { staticPodFile } from '../release/paths.ts';
import type { ControlPlaneContext } from './context.ts';

/** A member that has joined others goes on with the cluster that it joined: where its data are, etcd asks for no other. */
export function joinedBy({ config }: ControlPlaneContext, files: Observed['files']): EtcdPodOptions {
  const text = files.get(staticPodFile('etcd'))?.content?.toString('utf8') ?? '';
  if (!/^ *- --initial-cluster-state=existing$/m.test(text)) return {};
  const [, members = ''] = /^ *- --initial-cluster=(\S+)$/m.exec(text) ?? [];
  const peers = members.split(',').map((member) => {
    const at = member.indexOf('=');
    return { name: member.slice(0, at), peerURL: member.slice(at + 1) };
  });
  const { name } = config.nodeRegistration;
  const own = peerURL(config.localAPIEndpoint.advertiseAddress);
  return peers.some((peer) => peer.name === name && peer.peerURL === own) ? { initialCluster: peers } : {};
}
