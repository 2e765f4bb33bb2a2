import type { Change } from '../execute/change.ts';
import { etcdPod } from '../manifests/etcd.ts';
import { manifestsDirectory, staticPodFile } from '../release/paths.ts';
import type { ControlPlaneContext } from './context.ts';
import { joinedBy } from './etcd-peers.ts';
import { manifestFile } from './manifest-file.ts';
import type { Phase } from './phase.ts';

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
