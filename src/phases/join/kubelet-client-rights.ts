import { type Change, refOf } from '../../execute/change.ts';
import { kubeletClientBinding } from '../../manifests/bootstrap-token.ts';
import type { JoinControlPlaneContext } from '../join-context.ts';
import type { Phase } from '../phase.ts';

/**
 * What the new API server reaches kubelets by, where its certificate for that names no organization: in a cluster of older
 * days nobody has made that binding (kubernetes/kubeadm#3310).
 */
export const kubeletClientRights: Phase<JoinControlPlaneContext> = {
  name: 'control-plane-join',
  part: 'mark-control-plane',
  title: "The API server's rights at kubelets",
  reads: ({ release }) => {
    const binding = kubeletClientBinding(release);
    return binding === undefined ? {} : { objects: [{ ...refOf(binding), hidden: 'absent' }] };
  },
  desired: ({ release }): readonly Change[] => {
    const object = kubeletClientBinding(release);
    return object === undefined ? [] : [{ kind: 'object', object, how: 'once', step: 'mark-control-plane' }];
  },
};
