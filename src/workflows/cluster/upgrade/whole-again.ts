import { setTimeout as sleep } from 'node:timers/promises';
import { throwIfInterrupted } from '../../../execute/interrupted.ts';
import type { Target } from '../../../execute/target.ts';
import type { KubeClient, KubeObject, ListQuery } from '../../../kube/client.ts';
import { hasToLeave } from '../../../kube/leaving-pod.ts';
import { rollingOut } from '../../../kube/rolling-out.ts';
import { type LabelSelector, selects } from '../../../kube/selector.ts';

/** CoreDNS, and what else of the cluster's own is moved by a drain and has no budget of its own (PodDisruptionBudget). */
const ofTheCluster: ListQuery = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'kube-system' };

/** Who waits, before a node is drained, for those of the cluster's own that have pods on it. */
export interface WholeAgain {
  /** Until they are whole again after what a drain before has moved. It tells where it gives up, and throws nothing but an interruption. */
  wait(node: string, target: Target): Promise<void>;
  /** The first of the nodes on which nobody would have to wait; undefined where there is none. */
  free(nodes: readonly string[]): Promise<string | undefined>;
}

/**
 * Who waits before each drain of a walk: the cluster's own Deployments that are whole now are to be so again, or two drains in a
 * row take DNS away. One that does not become whole is given up on once, for all the nodes that follow.
 */
export async function wholeAgain(kube: () => Promise<KubeClient>): Promise<WholeAgain> {
  const there = await listed(kube, ofTheCluster);
  const awaited = new Set(there.filter((one) => rollingOut(one) === undefined).map(({ metadata }) => metadata.name));
  const moved = async () => (await unwhole(kube)).filter(({ name }) => awaited.has(name));
  async function free(nodes: readonly string[]): Promise<string | undefined> {
    const moving = awaited.size === 0 ? [] : await moved();
    return nodes.find((node) => !moving.some(({ on }) => on.has(node)));
  }
  async function wait(node: string, { host, reporter, signal }: Target): Promise<void> {
    const end = Date.now() + patience * 1000;
    let told = '';
    for (let pause = 100; awaited.size > 0; pause = Math.min(pause * 1.5, 500)) {
      throwIfInterrupted(signal, host.name);
      const moving = (await moved()).filter(({ on }) => on.has(node));
      if (moving.length === 0) return;
      const text = moving.map(({ name, why }) => `${name}: ${why}`).join(', ');
      if (Date.now() >= end) {
        for (const { name } of moving) awaited.delete(name);
        reporter.report({ type: 'warning', host: host.name, text: `not whole after ${patience}s, going on: ${text}` });
        return;
      }
      const what = `what was moved to be there again (${text})`;
      if (text !== told) reporter.report({ type: 'waiting', host: host.name, what, deadline: patience });
      told = text;
      await sleep(pause, undefined, { signal }).catch(() => {});
    }
  }
  return { wait, free };
}

interface Unwhole {
  readonly name: string;
  readonly why: string;
  /** Nodes that pods of it have to leave when they are drained. */
  readonly on: ReadonlySet<string>;
}

/** The cluster's own Deployments that have something to do still. */
async function unwhole(kube: () => Promise<KubeClient>): Promise<readonly Unwhole[]> {
  const ofAll: ListQuery = { apiVersion: 'v1', kind: 'Pod', namespace: 'kube-system' };
  const [deployments, pods] = await Promise.all([listed(kube, ofTheCluster), listed(kube, ofAll)]);
  const leaving = pods.filter(hasToLeave);
  return deployments.flatMap((deployment) => {
    const { selector } = (deployment['spec'] ?? {}) as { readonly selector?: LabelSelector };
    const why = rollingOut(deployment);
    if (why === undefined) return [];
    const own = leaving.filter(({ metadata }) => selects(selector, metadata.labels));
    return [{ name: deployment.metadata.name, why, on: new Set(own.map(nodeOf)) }];
  });
}

function nodeOf(pod: KubeObject): string {
  return ((pod['spec'] ?? {}) as { readonly nodeName?: string }).nodeName ?? '';
}

/** Seconds. */
const patience = 120;

/** None where the API server does not answer: then there is nothing to wait for. */
async function listed(kube: () => Promise<KubeClient>, query: ListQuery): Promise<readonly KubeObject[]> {
  return kube()
    .then((client) => client.list(query))
    .catch(() => []);
}
