import { joinKubeletStart } from '../phases/join/kubelet-start.ts';
import { kubeletWaitBootstrap } from '../phases/join/kubelet-wait-bootstrap.ts';
import { nodeRegistered } from '../phases/join/node-registered.ts';
import { joinPreflight } from '../phases/join/preflight.ts';
import type { JoinContext } from '../phases/join-context.ts';
import type { Phase } from '../phases/phase.ts';
import type { Release } from '../release/release.ts';
import type { Stage } from './stage.ts';

/**
 * The stages of `join` for a worker: checks and files are decided on one look at the host, the rest follows the kubelet.
 * What follows it belongs to kubelet-start where the release's kubeadm has no phase of its own for it.
 */
export function joinStages(release: Release): readonly Stage<JoinContext>[] {
  const waits = release.phases.join.some(({ name }) => name === kubeletWaitBootstrap.name);
  const name = waits ? kubeletWaitBootstrap.name : joinKubeletStart.name;
  const named = (phase: Phase<JoinContext>): Phase<JoinContext> => ({ ...phase, name });
  return [[joinPreflight, joinKubeletStart], [named(kubeletWaitBootstrap)], [named(nodeRegistered)]];
}
