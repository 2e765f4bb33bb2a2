import { joinKubeletStart } from '../phases/join/kubelet-start.ts';
import { kubeletWaitBootstrap } from '../phases/join/kubelet-wait-bootstrap.ts';
import { nodeRegistered } from '../phases/join/node-registered.ts';
import { joinPreflight } from '../phases/join/preflight.ts';
import type { JoinContext } from '../phases/join-context.ts';
import type { Phase } from '../phases/phase.ts';
import type { Stage } from './stage.ts';

/** Every phase of `kinit join` for a worker. */
export const joinPhases: readonly Phase<JoinContext>[] = [
  joinPreflight,
  joinKubeletStart,
  kubeletWaitBootstrap,
  nodeRegistered,
];

/** Checks and files are decided on one look at the host; the rest follows the kubelet. */
export const joinStages: readonly Stage<JoinContext>[] = [
  [joinPreflight, joinKubeletStart],
  [kubeletWaitBootstrap],
  [nodeRegistered],
];
