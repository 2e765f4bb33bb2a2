import { setTimeout as sleep } from 'node:timers/promises';
import { KinitError } from '../errors.ts';
import type { KubeClient, KubeObject } from '../kube/client.ts';
import { KubeError } from '../kube/error.ts';
import { hasToLeave, leavesWithProcesses } from '../kube/leaving-pod.ts';
import type { DrainChange } from './change.ts';
import { withoutProcesses } from './pod-processes.ts';
import type { Target } from './target.ts';

/**
 * Drains a node, or has all of its pods told to leave, and tells what it waits for; or gives it back to the scheduler. Throws
 * KinitError where pods do not leave in time, or are held, unless it is forced: then it only warns.
 */
export async function performDrain(change: DrainChange, target: Target): Promise<void> {
  const { node, how, deadline, end = Date.now() + deadline * 1000, force, owner } = change;
  const { reporter, signal, host } = target;
  const kube = await target.kube();
  if (how === 'back') return uncordon(kube, node, owner);
  const left = await drain(kube, node, {
    owner,
    end,
    signal,
    ...(how === 'leaving' ? { until: isTold } : { ended: (pods) => withoutProcesses(pods, host, signal) }),
    tell: (what) => reporter.report({ type: 'waiting', host: host.name, what, deadline }),
  });
  if (left.length === 0) return;
  const text = `${left.length} pod${left.length === 1 ? '' : 's'} did not leave within ${deadline}s: ${left.slice(0, 5).join(', ')}${left.length > 5 ? ' …' : ''}`;
  if (force) return reporter.report({ type: 'warning', host: host.name, text });
  throw new KinitError(text, {
    host: host.name,
    hint: `see what holds them (kubectl get pdb -A), give --drain-timeout more time, or --force; kubectl uncordon ${node} takes it back`,
  });
}

/** Whether a drain is done with a pod. */
type Until = (pod: KubeObject) => boolean;

const isTold: Until = ({ metadata }) => metadata['deletionTimestamp'] !== undefined;

export interface DrainOptions {
  /** Marks the Node as taken from the scheduler by it. */
  readonly owner?: string | undefined;
  /** With which of those that are still there it is done: with none, unless it says so. */
  readonly until?: Until;
  /** When pods that cannot leave are given up on: milliseconds since the epoch. */
  readonly end: number;
  readonly signal: AbortSignal;
  /** Those of pods that are being deleted of which no process runs on the node. */
  readonly ended?: (pods: readonly KubeObject[]) => Promise<ReadonlySet<KubeObject>>;
  /** Hears what is waited for, whenever that changes. */
  readonly tell: (text: string) => void;
}

/**
 * Lets no new pod onto a node and evicts those on it, as `kubectl drain --ignore-daemonsets --delete-emptydir-data
 * --force` does: disruption budgets are kept. Returns the pods (`namespace/name`) that it is not done with at the deadline.
 */
export async function drain(kube: KubeClient, node: string, options: DrainOptions): Promise<readonly string[]> {
  if (!(await cordon(kube, node, options.owner))) return [];
  const { end, until = () => false } = options;
  const left = async () => (await leavers(kube, node, options)).filter((pod) => !until(pod));
  let told = '';
  for (let pause = firstPause; ; pause = Math.min(pause * 1.5, longestPause)) {
    options.signal.throwIfAborted();
    const pods = await left();
    if (pods.length === 0) return [];
    const refused = await evictAll(kube, pods);
    const text = waitingFor(pods, refused);
    if (text !== told) options.tell(text);
    told = text;
    if (Date.now() >= end) return (await left()).map(nameOf);
    await sleep(Math.min(pause, Math.max(0, end - Date.now())), undefined, { signal: options.signal });
  }
}

/** Milliseconds between two looks. */
const firstPause = 50;
const longestPause = 1000;

/** On a Node that is taken from the scheduler: by whom. */
export const cordonedBy = 'kinit.dev/cordoned-by';

/** False where there is no such node. What is cordoned already stays somebody else's. */
async function cordon(kube: KubeClient, name: string, owner: string | undefined): Promise<boolean> {
  const ref = { apiVersion: 'v1', kind: 'Node', name };
  const node = await kube.get(ref);
  if (node === undefined) return false;
  const spec = node['spec'] as { readonly unschedulable?: boolean } | undefined;
  const metadata = owner === undefined ? {} : { metadata: { annotations: { [cordonedBy]: owner } } };
  if (!spec?.unschedulable) await kube.patch(ref, 'merge', { ...metadata, spec: { unschedulable: true } });
  return true;
}

/** A node that is gone needs nothing; the field is left out where it is false (kubectl pkg/drain/cordon.go). */
async function uncordon(kube: KubeClient, name: string, owner: string | undefined): Promise<void> {
  const ref = { apiVersion: 'v1', kind: 'Node', name };
  const node = await kube.get(ref);
  if (node === undefined) return;
  if (owner !== undefined && node.metadata.annotations?.[cordonedBy] !== owner) return;
  const metadata = owner === undefined ? {} : { metadata: { annotations: { [cordonedBy]: null } } };
  await kube.patch(ref, 'merge', { ...metadata, spec: { unschedulable: null } });
}

/** Those that have not left: neither gone nor ended, whatever their kubelet says of it, or has not said yet. */
async function leavers(kube: KubeClient, node: string, { ended }: DrainOptions): Promise<readonly KubeObject[]> {
  const pods = await kube.list({ apiVersion: 'v1', kind: 'Pod', fieldSelector: `spec.nodeName=${node}` });
  const there = pods.filter(hasToLeave);
  const leaving = there.filter(leavesWithProcesses);
  if (ended === undefined || leaving.length === 0) return there;
  const gone = await ended(leaving);
  return there.filter((pod) => !gone.has(pod));
}

/** Those whose eviction a disruption budget forbids at the moment. */
async function evictAll(kube: KubeClient, pods: readonly KubeObject[]): Promise<readonly KubeObject[]> {
  const leaving = pods.filter(({ metadata }) => metadata['deletionTimestamp'] === undefined);
  const answers = await Promise.all(
    leaving.map(async (pod) => {
      try {
        await kube.evict(pod.metadata.namespace ?? 'default', pod.metadata.name);
        return [];
      } catch (error) {
        if (error instanceof KubeError && error.status === 429) return [pod];
        throw error;
      }
    }),
  );
  return answers.flat();
}

function waitingFor(pods: readonly KubeObject[], refused: readonly KubeObject[]): string {
  const count = `${pods.length} pod${pods.length === 1 ? '' : 's'} to leave`;
  if (refused.length === 0) return count;
  return `${count}; a disruption budget holds ${refused.slice(0, 3).map(nameOf).join(', ')}${refused.length > 3 ? ' …' : ''}`;
}

function nameOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? 'default'}/${metadata.name}`;
}
