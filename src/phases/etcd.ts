import type { Change } from '../execute/change.ts';
import type { Observed } from '../execute/observed.ts';
import { type EtcdPodOptions, etcdPod, peerURL } from '../manifests/etcd.ts';
import { manifestsDirectory, staticPodFile } from '../release/paths.ts';
import type { ControlPlaneContext } from './context.ts';
import { manifestFile } from './manifest-file.ts';
import type { Phase } from './phase.ts';

const manifest = staticPodFile('etcd');

/** The static pod of the local etcd; nothing where etcd is external. */
export const etcd: Phase<ControlPlaneContext> = {
  name: 'etcd',
  title: 'etcd',
  steps: ['local'],
  reads: ({ config }) => ({
    files: [staticPodFile('etcd')],
    paths: [manifestsDirectory, ...(config.cluster.etcd.local ? [config.cluster.etcd.local.dataDir] : [])],
  }),
  desired: (context, { files }): readonly Change[] => {
    const { local } = context.config.cluster.etcd;
    if (local === undefined) return [];
    return [
      { kind: 'directory', path: manifestsDirectory, mode: 0o700, step: 'local' },
      { kind: 'directory', path: local.dataDir, mode: 0o700, step: 'local' },
      {
        ...manifestFile('etcd', etcdPod(context.config, context.release, joinedBy(context, files)), context),
        step: 'local',
        says: `[etcd] Creating static Pod manifest for local etcd in "${manifestsDirectory}"`,
      },
    ];
  },
};

/** A member that has joined others goes on with the cluster that it joined: where its data are, etcd asks for no other. */
function joinedBy({ config }: ControlPlaneContext, files: Observed['files']): EtcdPodOptions {
  const text = files.get(manifest)?.content?.toString('utf8') ?? '';
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
