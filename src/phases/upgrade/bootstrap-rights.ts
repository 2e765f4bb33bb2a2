import { type Change, refOf } from '../../execute/change.ts';
import type { KubeObject } from '../../kube/client.ts';
import { bootstrapTokenObjects } from '../../manifests/bootstrap-token.ts';
import { clusterInfoObjects } from '../../manifests/cluster-info.ts';
import type { Release } from '../../release/release.ts';
import type { Phase } from '../phase.ts';
import type { UpgradeContext } from '../upgrade-context.ts';

/** The rights of joining nodes as the target's kubeadm makes them; cluster-info itself stays as it is. */
export const bootstrapRights: Phase<UpgradeContext> = {
  name: 'bootstrap-token',
  title: 'Rights of joining nodes',
  reads: ({ release }) => ({ objects: rights(release).map(refOf) }),
  desired: ({ release }): readonly Change[] => [
    { kind: 'note', text: '[upgrade/bootstrap-token] Configuring bootstrap token and cluster-info RBAC rules' },
    ...rights(release).map((object): Change => ({ kind: 'object', how: 'present', object })),
  ],
};

function rights(release: Release): readonly KubeObject[] {
  const published = clusterInfoObjects(release, { caPem: '', server: '' });
  return [...bootstrapTokenObjects(release), ...published.filter(({ kind }) => kind !== 'ConfigMap')];
}
