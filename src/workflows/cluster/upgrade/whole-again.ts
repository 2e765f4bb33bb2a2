import { setTimeout as sleep } from 'node:timers/promises';
import { throwIfInterrupted } from '../../../execute/interrupted.ts';
import type { Target } from '../../../execute/target.ts';
import type { KubeClient, KubeObject, ListQuery } from '../../../kube/client.ts';
import { hasToLeave } from '../../../kube/leaving-pod.ts';
import { rollingOut } from '../../../kube/rolling-out.ts';
import { type LabelSelector, selects } from '../../../kube/selector.ts';

/** CoreDNS, and what else of the cluster's own is moved by a drain and has no budget of its own (PodDisruptionBudget). */
const ofTheCluster: ListQuery = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'kube-system' };

/**
 * Waits, before a node is drained, until those of the cluster's own that have pods on it are whole again after what a drain
 * before has moved. It tells where it gives up, and throws nothing but an interruption.
 */
export type WholeAgain = (node: string, target: Target) => Promise<void>;

/**
 * Who waits before each drain of a walk: the cluster's own Deployments that are whole now are to be so again, or two drains in a
 * row take DNS away. One that does not become whole is given up on once, for all the nodes that follow.
 */
export async function wholeAgain(kube: () => Promise<KubeClient>): Promise<WholeAgain> {
  const there = await listed(kube, ofTheCluster);
  const awaited = new Set(there.filter((one) => rollingOut(one) === undefined).map(({ metadata }) => metadata.name));
  return async (node, { host, reporter, signal }) => {
    const end = Date.now() + patience * 1000;
    let told = '';
    for (let pause = 100; awaited.size > 0; pause = Math.min(pause * 1.5, 500)) {
      throwIfInterrupted(signal, host.name);
      const moving = (await unwholeOn(node, kube)).filter(({ name }) => awaited.has(name));
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
  };
}

/** The cluster's own Deployments that have something to do still, and pods that have to leave a node. */
async function unwholeOn(node: string, kube: () => Promise<KubeClient>) {
  const onNode: ListQuery = {
    apiVersion: 'v1',
    kind: 'Pod',
    namespace: 'kube-system',
    fieldSelector: `spec.nodeName=${node}`,
  };
  const [deployments, pods] = await Promise.all([listed(kube, ofTheCluster), listed(kube, onNode)]);
  const leaving = pods.filter(hasToLeave);
  return deployments.flatMap((deployment) => {
    const { selector } = (deployment['spec'] ?? {}) as { readonly selector?: LabelSelector };
    const why = rollingOut(deployment);
    const isOn = leaving.some(({ metadata }) => selects(selector, metadata.labels));
    return why !== undefined && isOn ? [{ name: deployment.metadata.name, why }] : [];
  });
}

/** Seconds. */
const patience = 120;

/** None where the API server does not answer: then there is nothing to wait for. */
async function listed(kube: () => Promise<KubeClient>, query: ListQuery): Promise<readonly KubeObject[]> {
  return kube()
    .then((client) => client.list(query))
    .catch(() => []);
}
