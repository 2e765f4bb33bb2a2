import { componentWaits, healthChecks } from '../component-waits.ts';
import type { JoinControlPlaneContext } from '../join-context.ts';
import type { Phase } from '../phase.ts';

/**
 * Until the components of the new control plane are healthy, where the target's kubeadm waits for all of them; before, it
 * waits for none (cmd/phases/join/waitcontrolplane.go).
 */
export const joinWaitControlPlane: Phase<JoinControlPlaneContext> = {
  name: 'wait-control-plane',
  title: 'Control plane healthy',
  reads: () => ({}),
  desired: ({ controlPlane }) => (healthChecks(controlPlane).length > 1 ? componentWaits(controlPlane) : []),
};
