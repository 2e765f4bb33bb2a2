import { setTimeout as sleep } from 'node:timers/promises';
import { throwIfInterrupted } from '../../../execute/interrupted.ts';
import type { Target } from '../../../execute/target.ts';
import type { KubeClient, KubeObject, ListQuery } from '../../../kube/client.ts';
import { hasToLeave } from '../../../kube/leaving-pod.ts';
import { rollingOut } from '../../../kube/rolling-out.ts';

/** CoreDNS, and what else of the cluster's own is moved by a drain and has no budget of its own (PodDisruptionBudget). */
const ofTheCluster: ListQuery = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'kube-system' };

/**
 * Waits, before a node is drained that pods have to leave, until what a drain before has moved is there again elsewhere. It tells
 * where it gives up, and throws nothing but an interruption.
 */
export type WholeAgain = (node: string, target: Target) => Promise<void>;

/**
 * Who waits before each drain of a walk: the cluster's own Deployments that are whole now are to be so again, or two drains in a
 * row take DNS away. One that does not become whole is given up on once, for all the nodes that follow.
 */
export async function wholeAgain(kube: () => Promise<KubeClient>): Promise<WholeAgain> {
  const there = await listed(kube);
  const awaited = new Set(there.filter((one) => rollingOut(one) === undefined).map(({ metadata }) => metadata.name));
  return async (node, { host, reporter, signal }) => {
    if (awaited.size === 0 || !(await isLeft(node, kube))) return;
    const end = Date.now() + patience * 1000;
    let told = '';
    for (let pause = 100; awaited.size > 0; pause = Math.min(pause * 1.5, 500)) {
      throwIfInterrupted(signal, host.name);
      const moving = (await listed(kube)).flatMap((one) => {
        const why = awaited.has(one.metadata.name) ? rollingOut(one) : undefined;
        return why === undefined ? [] : [{ name: one.metadata.name, why }];
      });
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

/** Whether anything has to leave a node; where nobody answers, its drain will tell. */
async function isLeft(node: string, kube: () => Promise<KubeClient>): Promise<boolean> {
  const onIt: ListQuery = { apiVersion: 'v1', kind: 'Pod', fieldSelector: `spec.nodeName=${node}` };
  return (await listed(kube, onIt)).some(hasToLeave);
}

/** Seconds. */
const patience = 120;

/** None where the API server does not answer: then there is nothing to wait for. */
async function listed(
  kube: () => Promise<KubeClient>,
  query: ListQuery = ofTheCluster,
): Promise<readonly KubeObject[]> {
  return kube()
    .then((client) => client.list(query))
    .catch(() => []);
}
