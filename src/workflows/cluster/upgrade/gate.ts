import { setTimeout as sleep } from 'node:timers/promises';
import { KinitError } from '../../../errors.ts';
import { throwIfInterrupted } from '../../../execute/interrupted.ts';
import { runningContainers } from '../../../execute/pod-processes.ts';
import type { Target } from '../../../execute/target.ts';
import type { KubeClient, KubeObject } from '../../../kube/client.ts';
import { isReady, readyMessage } from '../../../kube/node.ts';
import { type ContainerState, containersOf, isContainerReady } from '../../../kube/pod-status.ts';
import { stuckPods } from '../../../kube/stuck-pods.ts';
import type { Version } from '../../../release/version.ts';
import { nodeStatus } from '../node-status.ts';

/** What the kubelet of a node had said before it was begun anew. */
export interface LastSign {
  /** When it last said that it lives; undefined where it never did. */
  readonly renewTime: string | undefined;
  /** Ids of the containers that ran then. */
  readonly containers: ReadonlySet<string>;
}

/**
 * What a kubelet has said until now, and which containers run on its host where that is asked: of those that have just begun it
 * tells some seconds later only. Throws KinitError where the API server does not answer.
 */
export async function lastSign(
  kube: KubeClient,
  node: string,
  place?: Pick<Target, 'host' | 'signal'>,
): Promise<LastSign> {
  const [renewTime, pods, there] = await Promise.all([
    renewTimeOf(kube, node),
    systemPods(kube, node),
    place === undefined ? [] : runningContainers(place.host, place.signal),
  ]);
  const running = pods.flatMap(containersOf).filter(({ state }) => state?.running !== undefined);
  return { renewTime, containers: new Set([...there, ...running.flatMap((one) => idOf(one) ?? [])]) };
}

/** `0f3c…` of `containerd://0f3c…`. */
function idOf({ containerID }: ContainerState): string | undefined {
  return containerID?.replace(/^.*:\/\//, '');
}

async function renewTimeOf(kube: KubeClient, node: string): Promise<string | undefined> {
  const lease = await kube.get({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    namespace: 'kube-node-lease',
    name: node,
  });
  return (lease?.['spec'] as { readonly renewTime?: string } | undefined)?.renewTime;
}

function systemPods(kube: KubeClient, node: string): Promise<readonly KubeObject[]> {
  return kube.list({ apiVersion: 'v1', kind: 'Pod', namespace: 'kube-system', fieldSelector: `spec.nodeName=${node}` });
}

export interface Gate {
  readonly node: string;
  /** undefined: whatever it has. */
  readonly version: Version | undefined;
  /** Its last sign of life before its kubelet was started anew: what the Node says since then counts. */
  readonly before: LastSign | undefined;
  /** Seconds. */
  readonly deadline: number;
  /** What to look at when that is over. */
  readonly advice?: string;
}

/**
 * Waits until a node's kubelet runs in its version, is Ready, and what belongs to the cluster on it runs. An API server
 * that does not answer counts as not yet. Throws KinitError at the deadline, saying what keeps it.
 */
export async function passGate(gate: Gate, target: Target): Promise<void> {
  const { node, version, deadline } = gate;
  const { reporter, host, signal } = target;
  const what = `node ${node} to be Ready${version === undefined ? '' : ` with ${version.text}`}`;
  const end = Date.now() + deadline * 1000;
  let told: string | undefined;
  for (let pause = 100; ; pause = Math.min(pause * 1.5, 250)) {
    throwIfInterrupted(signal, host.name);
    const why = await target
      .kube()
      .then((kube) => keptBy(gate, kube))
      .catch(reasonOf);
    if (why === undefined) return;
    if (why !== told) reporter.report({ type: 'waiting', host: host.name, what: `${what}: ${why}`, deadline });
    told = why;
    if (Date.now() >= end) {
      throw new KinitError(`timed out after ${deadline}s waiting for ${what}: ${why}`, {
        host: host.name,
        hint:
          gate.advice ??
          `see kubectl describe node ${node}, and journalctl -u kubelet on it; it stays cordoned until the same command has brought it through`,
      });
    }
    await sleep(pause, undefined, { signal }).catch(() => {});
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  throw error;
}

/** What keeps a node from being through, in words. */
async function keptBy({ node: name, version, before }: Gate, kube: KubeClient): Promise<string | undefined> {
  const [node, sign] = await Promise.all([kube.get({ apiVersion: 'v1', kind: 'Node', name }), renewTimeOf(kube, name)]);
  if (node === undefined) return 'the cluster does not know it';
  if (before?.renewTime !== undefined && sign === before.renewTime) return 'its kubelet has not said anything yet';
  const there = nodeStatus(node).version;
  if (version !== undefined && there !== version.text) return `its kubelet has ${there}`;
  if (!isReady(node)) return readyMessage(node) || 'it is not Ready';
  const pods = await systemPods(kube, name);
  const waiting = pods.filter((pod) => !isThrough(pod, before)).map(({ metadata }) => metadata.name);
  if (waiting.length === 0) return undefined;
  const [stuck] = await stuckPods(kube, name);
  return stuck ?? `${waiting.slice(0, 3).join(', ')} not ready`;
}

/** It runs and is ready, or it has ended, or it is on its way out; see also isContainerReady and ranOn. */
function isThrough(pod: KubeObject, before: LastSign | undefined): boolean {
  const {
    phase,
    conditions = [],
    containerStatuses = [],
  } = (pod['status'] ?? {}) as {
    readonly phase?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly ContainerState[];
  };
  if (pod.metadata['deletionTimestamp'] !== undefined || phase === 'Succeeded' || phase === 'Failed') return true;
  if (conditions.some(({ type, status }) => type === 'Ready' && status === 'True')) return true;
  const isWell = (one: ContainerState) => isContainerReady(one, pod) || ranOn(one, before);
  return phase === 'Running' && containerStatuses.length > 0 && containerStatuses.every(isWell);
}

/**
 * It runs on since before its kubelet began anew, which asks its startup probe again: a static pod is ready only a minute or
 * more after that, though nothing has happened to it. A container that began since has to be ready.
 */
function ranOn(one: ContainerState, before: LastSign | undefined): boolean {
  const { started, state } = one;
  return started === false && state?.running !== undefined && before?.containers.has(idOf(one) ?? '') === true;
}
