import { completeInit } from '../../../config/init.ts';
import { anyNode } from '../../../config/node-facts.ts';
import type { Decided } from '../../../execute/decided.ts';
import { adding } from '../../../execute/done.ts';
import { perform } from '../../../execute/executor.ts';
import { cordonedBy } from '../../../execute/perform-drain.ts';
import type { Target } from '../../../execute/target.ts';
import type { MadeCluster } from '../../../inventory/endpoint.ts';
import type { KubeObject } from '../../../kube/client.ts';
import { generateToken } from '../../../kube/token.ts';
import {
  dockerPodsGone,
  kubeletOnRuntime,
  leaveDocker,
  type RuntimeMove,
} from '../../../phases/runtime-move/leave-docker.ts';
import { removeDocker } from '../../../phases/runtime-move/remove-docker.ts';
import { releaseFor } from '../../../release/release.ts';
import { runStage } from '../../stage.ts';
import type { LivingCluster } from '../living-cluster.ts';
import { nodeStatus } from '../node-status.ts';
import { lastSign, passGate } from '../upgrade/gate.ts';
import { versionSaid } from '../upgrade/way/versions.ts';
import type { Machine, UpInput } from './up-input.ts';
import type { WantedCluster } from './wanted-cluster.ts';

/** Whom a move takes nodes from the scheduler as. */
const moveOwner = 'kinit-runtime';

/** Whether the node's kubelet runs its pods in docker and the file wants another runtime, or a move of that kind was cut off. */
export function movesRuntime(node: KubeObject | undefined, { inventory }: Pick<WantedCluster, 'inventory'>): boolean {
  if (node === undefined || inventory.runtime.name === 'docker') return false;
  return nodeStatus(node).runtime.startsWith('docker://') || isCutOff(node);
}

function isCutOff({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[cordonedBy] === moveOwner;
}

/** What is known of the cluster. */
interface MovedRun {
  readonly input: UpInput;
  readonly living: LivingCluster | undefined;
  readonly made: MadeCluster | undefined;
}

/** One node after the other, where the file wants another runtime than docker for a node that has it. Throws KinitError. */
export async function leaveDockerOf(machine: Machine, run: MovedRun, target: Target): Promise<readonly Decided[]> {
  const node = run.living?.nodes.get(machine.entry.name.toLowerCase());
  return movesRuntime(node, run.input) ? moveInTurn(machine, run, target) : [];
}

/** A move that was cut off while no API server answered is known when one does. Throws KinitError. */
export async function finishMove(machine: Machine, run: MovedRun, target: Target): Promise<readonly Decided[]> {
  const { living, made } = run;
  return living !== undefined || made === undefined || target.rehearsal ? [] : moveInTurn(machine, run, target);
}

function moveInTurn({ entry }: Machine, { input }: MovedRun, target: Target): Promise<readonly Decided[]> {
  const { readyDeadline } = input;
  const patience = { drainDeadline: readyDeadline, force: false, readyDeadline };
  return input.run.turn(() => moveRuntime(entry.name, target, input, patience));
}

/** How long things may take. */
export interface MovePatience {
  /** Seconds for the pods of the node to leave. */
  readonly drainDeadline: number;
  readonly force: boolean;
  /** Seconds until the node has to be Ready on its new runtime. */
  readonly readyDeadline: number;
}

/**
 * Moves a node from docker to the runtime of the file, which is installed and runs: drained, its kubelet stopped, its
 * containers gone from docker, its kubelet started with the other runtime, and given back once it is Ready and what belongs
 * to the cluster runs on it. docker and all that is not of Kubernetes stay, unless the file has them removed. Decided on what is there: run again, it goes on.
 * Throws KinitError.
 */
export async function moveRuntime(
  name: string,
  target: Target,
  wanted: WantedCluster,
  { drainDeadline: deadline, force, readyDeadline }: MovePatience,
): Promise<readonly Decided[]> {
  const node = name.toLowerCase();
  const kube = await target.kube();
  const there = await kube.get({ apiVersion: 'v1', kind: 'Node', name: node });
  if (!movesRuntime(there, wanted) || there === undefined) return [];
  const version = versionSaid(nodeStatus(there).version, `the kubelet of ${node}`);
  const move = moveOf(node, wanted, releaseFor(version));
  const drain = (how: 'drained' | 'back', says: string): Decided => ({
    phase: 'runtime',
    change: { kind: 'drain', how, node, deadline, force, owner: moveOwner, says },
  });
  const changed: Decided[] = [];
  await adding(changed, perform([drain('drained', `[runtime] Evicting the pods of node ${node}`)], target));
  const before = await lastSign(kube, node);
  for (const phase of [leaveDocker, dockerPodsGone, kubeletOnRuntime])
    await adding(changed, runStage([phase], move, target));
  if (!target.rehearsal) await passGate({ node, version, before, deadline: readyDeadline }, target);
  if (wanted.inventory.runtime.docker === 'remove') await adding(changed, runStage([removeDocker], move, target));
  await adding(changed, perform([drain('back', `[runtime] Giving node ${node} back to the scheduler`)], target));
  return changed;
}

function moveOf(
  node: string,
  { controlPlanes, initRequest }: WantedCluster,
  release: RuntimeMove['release'],
): RuntimeMove {
  const given = { facts: anyNode, version: release.version, newToken: generateToken };
  const { nodeRegistration } = completeInit(initRequest(controlPlanes[0], release, anyNode), given);
  return { node, release, registration: nodeRegistration };
}
