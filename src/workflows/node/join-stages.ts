import { joinKubeletStart } from '../../phases/join/kubelet-start.ts';
import { kubeletWaitBootstrap } from '../../phases/join/kubelet-wait-bootstrap.ts';
import { nodeRegistered } from '../../phases/join/node-registered.ts';
import { ownServer } from '../../phases/join/own-server.ts';
import { joinPreflight } from '../../phases/join/preflight.ts';
import type { JoinContext } from '../../phases/join-context.ts';
import { localBalancer, localBalancerImage } from '../../phases/load-balancer/local.ts';
import { ownWay } from '../../phases/load-balancer/own-way.ts';
import type { Phase } from '../../phases/phase.ts';
import type { Release } from '../../release/release.ts';
import type { Stage } from '../stage.ts';

/** What `join` makes of a worker, one after the other. */
export interface JoinStages {
  readonly checks: Stage<JoinContext>;
  /** Until the kubelet has a certificate of its own. */
  readonly bootstrap: Stage<JoinContext>;
  readonly registration: Stage<JoinContext>;
}

/** What follows the kubelet's start belongs to kubelet-start where the release's kubeadm has no phase of its own for it. */
export function joinStages(release: Release): JoinStages {
  const waits = release.phases.join.some(({ name }) => name === kubeletWaitBootstrap.name);
  const name = waits ? kubeletWaitBootstrap.name : joinKubeletStart.name;
  const named = (phase: Phase<JoinContext>): Phase<JoinContext> => ({ ...phase, name });
  return {
    checks: [joinPreflight, localBalancerImage],
    bootstrap: [joinKubeletStart, localBalancer, named(kubeletWaitBootstrap), ownWay, ownServer],
    registration: [named(nodeRegistered)],
  };
}
