import { setTimeout as sleep } from 'node:timers/promises';
import { throwIfInterrupted } from '../../../execute/interrupted.ts';
import { letGo } from '../../../execute/let-go.ts';
import type { Target } from '../../../execute/target.ts';
import type { KubeClient, KubeObject, ListQuery } from '../../../kube/client.ts';
import { hasToLeave, leavesWithProcesses } from '../../../kube/leaving-pod.ts';
import { readyPod } from '../../../kube/pod-status.ts';
import { rollingOut } from '../../../kube/rolling-out.ts';
import { type LabelSelector, selects } from '../../../kube/selector.ts';

/**
 * CoreDNS, and what else of the cluster's own is moved by a drain and has no budget of its own (PodDisruptionBudget); and what it
 * has on each node, as kube-proxy: one that is replaced while pods leave its node still leads to them, until the kubelet that is
 * begun anew meanwhile starts the next.
 */
const ofTheCluster: readonly ListQuery[] = ['Deployment', 'DaemonSet'].map((kind) => ({
  apiVersion: 'apps/v1',
  kind,
  namespace: 'kube-system',
}));

/** Who waits, before a node is drained that has pods to leave, for those of the cluster's own on it. */
export interface WholeAgain {
  /** Until they are whole again after what a drain before has moved. It tells where it gives up, and throws nothing but an interruption. */
  wait(node: string, target: Target): Promise<void>;
  /** The first of the nodes on which nobody would have to wait; undefined where there is none. */
  free(nodes: readonly string[]): Promise<string | undefined>;
}

/**
 * Who waits before each drain of a walk: the cluster's own that are whole now are to be so again, or two drains in a row take DNS
 * away. One that does not become whole is given up on once, for all the nodes that follow.
 */
export async function wholeAgain(kube: () => Promise<KubeClient>): Promise<WholeAgain> {
  const there = await own(kube);
  const awaited = new Set(there.filter((one) => rollingOut(one) === undefined).map(keyOf));
  const moved = async () => (await unwhole(kube)).filter(({ key }) => awaited.has(key));
  async function free(nodes: readonly string[]): Promise<string | undefined> {
    const moving = awaited.size === 0 ? [] : await moved();
    return nodes.find((node) => !moving.some(({ isOn }) => isOn(node)));
  }
  async function wait(node: string, target: Target): Promise<void> {
    const { host, reporter, signal } = target;
    const end = Date.now() + patience * 1000;
    if (awaited.size === 0 || !(await listed(kube, podsOn(node))).some(hasToLeave)) return;
    let told = '';
    for (let pause = 100; awaited.size > 0; pause = Math.min(pause * 1.5, 500)) {
      throwIfInterrupted(signal, host.name);
      const moving = (await moved()).filter(({ isOn }) => isOn(node));
      if (moving.length === 0) return;
      const text = moving.map(({ name, why }) => `${name}: ${why}`).join(', ');
      if (Date.now() >= end) {
        for (const { key } of moving) awaited.delete(key);
        reporter.report({ type: 'warning', host: host.name, text: `not whole after ${patience}s, going on: ${text}` });
        return;
      }
      const what = `what was moved to be there again (${text})`;
      if (text !== told) reporter.report({ type: 'waiting', host: host.name, what, deadline: patience });
      told = text;
      await letGo(
        moving.flatMap(({ leaving }) => leaving(node)),
        target,
      );
      await sleep(pause, undefined, { signal }).catch(() => {});
    }
  }
  return { wait, free };
}

interface Unwhole {
  readonly key: string;
  readonly name: string;
  readonly why: string;
  /** Whether a drain of a node now would meet it. */
  readonly isOn: (node: string) => boolean;
  /** Its pods on a node that another one is to take the place of, once they are gone. */
  readonly leaving: (node: string) => readonly KubeObject[];
}

/** Those of the cluster's own that have something to do still. */
async function unwhole(kube: () => Promise<KubeClient>): Promise<readonly Unwhole[]> {
  const [all, pods] = await Promise.all([own(kube), listed(kube, podsOfTheCluster)]);
  return all.flatMap((one) => {
    const why = rollingOut(one);
    if (why === undefined) return [];
    const { selector } = (one['spec'] ?? {}) as { readonly selector?: LabelSelector };
    const its = pods.filter(({ metadata }) => selects(selector, metadata.labels));
    const common = { key: keyOf(one), name: one.metadata.name, why };
    if (one.kind !== 'DaemonSet') return [{ ...common, isOn: has(its), leaving: () => [] }];
    const leaving = (node: string) => its.filter((pod) => nodeOf(pod) === node && leavesWithProcesses(pod));
    return [{ ...common, isOn: replaces(its, one), leaving }];
  });
}

/** Nodes that pods have to leave which serve: what takes away one that does not serve yet, or goes already, leaves as many. */
function has(pods: readonly KubeObject[]): (node: string) => boolean {
  const nodes = new Set(pods.filter((pod) => hasToLeave(pod) && isWell(pod)).map(nodeOf));
  return (node) => nodes.has(node);
}

function isWell(pod: KubeObject): boolean {
  return pod.metadata['deletionTimestamp'] === undefined && readyPod(pod);
}

/** Nodes on which a DaemonSet's pod is just being replaced: the old one is on its way out, or the new one is not there yet. */
function replaces(pods: readonly KubeObject[], daemonSet: KubeObject): (node: string) => boolean {
  const well = new Set(pods.filter(isWell).map(nodeOf));
  const nodes = new Set(pods.map(nodeOf));
  const { desiredNumberScheduled: wanted = 0 } = (daemonSet['status'] ?? {}) as Readonly<Record<string, number>>;
  return (node) => (nodes.has(node) || nodes.size < wanted) && !well.has(node);
}

function keyOf({ kind, metadata }: KubeObject): string {
  return `${kind}/${metadata.name}`;
}

const podsOfTheCluster: ListQuery = { apiVersion: 'v1', kind: 'Pod', namespace: 'kube-system' };

function podsOn(node: string): ListQuery {
  return { apiVersion: 'v1', kind: 'Pod', fieldSelector: `spec.nodeName=${node}` };
}

async function own(kube: () => Promise<KubeClient>): Promise<readonly KubeObject[]> {
  return (await Promise.all(ofTheCluster.map((query) => listed(kube, query)))).flat();
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
