import { addon } from '../../phases/addon.ts';
import { adminAccess } from '../../phases/admin-access.ts';
import { bootstrapToken } from '../../phases/bootstrap-token.ts';
import { certs } from '../../phases/certs.ts';
import type { InitContext } from '../../phases/context.ts';
import { controlPlane } from '../../phases/control-plane.ts';
import { etcd } from '../../phases/etcd.ts';
import { kubeconfig } from '../../phases/kubeconfig.ts';
import { kubeletFinalize } from '../../phases/kubelet-finalize.ts';
import { kubeletStart } from '../../phases/kubelet-start.ts';
import { markControlPlane } from '../../phases/mark-control-plane.ts';
import type { Phase } from '../../phases/phase.ts';
import { preflight } from '../../phases/preflight.ts';
import { uploadCerts } from '../../phases/upload-certs.ts';
import { uploadConfig } from '../../phases/upload-config.ts';
import { waitControlPlane } from '../../phases/wait-control-plane.ts';
import type { Release } from '../../release/release.ts';
import type { Stage } from '../stage.ts';

/** Every phase of `kinit init`; the release says in which order the target's kubeadm runs them. */
export const initPhases: readonly Phase<InitContext>[] = [
  preflight,
  certs,
  kubeconfig,
  etcd,
  controlPlane,
  kubeletStart,
  waitControlPlane,
  uploadConfig,
  uploadCerts,
  markControlPlane,
  bootstrapToken,
  kubeletFinalize,
  addon,
];

/** What must be over before the next can be decided: the checks, the files, a healthy API, the rest. */
const startsStage: ReadonlySet<string> = new Set(['wait-control-plane', 'upload-config']);

/** The stages of `init` for a release, in its kubeadm's order; where admin.conf needs a binding, that comes before its use. */
export function initStages(release: Release): readonly Stage<InitContext>[] {
  const stages: Phase<InitContext>[][] = [];
  for (const { name } of release.phases.init) {
    const phase = initPhases.find((candidate) => candidate.name === name);
    if (phase === undefined) continue;
    if (name === 'upload-config' && release.pki.superAdmin) stages.push([adminAccess]);
    const last = stages.at(-1);
    if (last === undefined || startsStage.has(name) || last.at(-1)?.name === 'preflight') stages.push([phase]);
    else last.push(phase);
  }
  return stages;
}
