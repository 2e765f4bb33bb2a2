import type { Change } from '../../../execute/change.ts';
import { certs } from '../../../phases/certs.ts';
import type { ControlPlaneContext } from '../../../phases/context.ts';
import { controlPlane } from '../../../phases/control-plane.ts';
import { downloadCerts } from '../../../phases/join/download-certs.ts';
import { withShared } from '../../../phases/join/foreseen-certificates.ts';
import { kubeletClientRights } from '../../../phases/join/kubelet-client-rights.ts';
import { sharedAuthorities } from '../../../phases/join/shared-authorities.ts';
import type { JoinControlPlaneContext } from '../../../phases/join-context.ts';
import { kubeconfig } from '../../../phases/kubeconfig.ts';
import { markControlPlane } from '../../../phases/mark-control-plane.ts';
import type { Phase } from '../../../phases/phase.ts';
import type { Stage } from '../../stage.ts';

/** Of phase control-plane-prepare: what all control planes share, and the node's own certificates, kubeconfigs and static pods. */
export const prepareParts: Stage<JoinControlPlaneContext> = [
  downloadCerts,
  sharedAuthorities,
  part('control-plane-prepare', 'certs', certs, (changes, { config: { cluster } }) => [
    ...changes.slice(0, -1),
    // kubeadm says so before the service accounts' key (app/phases/certs CreatePKIAssets).
    { kind: 'note', text: `[certs] Valid certificates and keys now exist in "${cluster.certificatesDir}"` },
    ...changes.slice(-1),
  ]),
  part('control-plane-prepare', 'kubeconfig', kubeconfig, (changes) => [
    { kind: 'note', text: '[kubeconfig] Generating kubeconfig files' },
    // The kubelet's it gets for itself; the super-administrator's is the first control plane's alone.
    ...changes.filter(({ step }) => step !== 'kubelet' && step !== 'super-admin'),
  ]),
  part('control-plane-prepare', 'control-plane', controlPlane),
];

/** Of phase control-plane-join: what makes a registered node one of the control planes. */
export const markParts: Stage<JoinControlPlaneContext> = [
  part('control-plane-join', 'mark-control-plane', markControlPlane),
  kubeletClientRights,
];

/** A phase of every control plane as the part of a joining one's that kubeadm has for it. */
function part(
  name: string,
  step: string,
  phase: Phase<ControlPlaneContext>,
  adapted: (changes: readonly Change[], context: ControlPlaneContext) => readonly Change[] = (changes) => changes,
): Phase<JoinControlPlaneContext> {
  return {
    name,
    part: step,
    title: phase.title,
    reads: (context) => phase.reads(context.controlPlane),
    foresees: withShared,
    desired: (context, observed) =>
      adapted(phase.desired(context.controlPlane, observed), context.controlPlane).map((change) => ({
        ...change,
        step,
      })),
  };
}
