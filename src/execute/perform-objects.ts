import { setTimeout as sleep } from 'node:timers/promises';
import { defined } from '../defined.ts';
import { KinitError } from '../errors.ts';
import type { KubeClient, KubeObject } from '../kube/client.ts';
import { KubeError } from '../kube/error.ts';
import { mergeNodeMarks } from '../manifests/node-marks.ts';
import { type NodeChange, type ObjectChange, refOf } from './change.ts';
import type { Decided } from './decided.ts';
import { knowing } from './done.ts';
import { throwIfInterrupted } from './interrupted.ts';
import { says } from './same-object.ts';
import type { Target } from './target.ts';
import { wholeObject } from './whole-object.ts';

/** How often another writer may come in between. */
const attempts = 20;
/** How many requests are under way at once. */
const parallel = 8;

/**
 * Writes Kubernetes objects and node marks, several at a time. Returns those that are optional and have failed. Throws the
 * first KubeError, when nothing is written any more: none is begun after it, and those under way have ended.
 */
export async function performObjects(batch: readonly Decided[], target: Target): Promise<ReadonlySet<Decided>> {
  const queue = [...batch];
  const failed = new AbortController();
  const written = new Set<Decided>();
  const one = async (item: Decided) => {
    const { change } = item;
    const done =
      change.kind === 'object'
        ? await writeObject(change, target).then(made, (error) => excuse(error, change, target))
        : change.kind !== 'node' || (await markNode(change, target, failed.signal));
    if (done) written.add(item);
  };
  const work = async () => {
    for (let next = queue.shift(); next !== undefined && !failed.signal.aborted; next = queue.shift()) {
      await one(next).catch((error: unknown) => failed.abort(error));
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, batch.length) }, work));
  if (failed.signal.aborted) {
    throw knowing(
      failed.signal.reason,
      batch.filter((item) => written.has(item)),
    );
  }
  return new Set(batch.filter((item) => !written.has(item)));
}

const made = () => true;

/** Tells of what is optional that it is not made. */
function excuse(error: unknown, { optional }: ObjectChange, { reporter, host }: Target): false {
  if (!optional || !(error instanceof KubeError)) throw error;
  reporter.report({ type: 'warning', host: host.name, text: error.message });
  return false;
}

async function writeObject(change: ObjectChange, target: Target): Promise<void> {
  const client = await target.kube();
  try {
    await write({ ...change, object: await wholeObject(change, target, client) }, client, target);
  } catch (error) {
    if (change.as === undefined || !(error instanceof KubeError) || error.status !== 403) throw error;
    await write(change, await target.kube(change.as), target);
  }
}

/** kubeadm's rule: create, if it is there update; keeping what the server and others have added to its metadata. */
async function write({ object, how }: ObjectChange, client: KubeClient, { signal, host }: Target): Promise<void> {
  if (how === 'absent') {
    await client.delete(refOf(object));
    return;
  }
  if (how === 'applied') {
    await client.apply(object);
    return;
  }
  for (let attempt = 0; ; attempt++) {
    let refusal: KubeError;
    try {
      await client.create(object);
      return;
    } catch (error) {
      if (!(error instanceof KubeError) || !(error.status === 409 || isAllocated(error))) throw error;
      if (how === 'once' && error.status === 409) return;
      refusal = error;
    }
    const live = await client.get(refOf(object));
    if (live === undefined && isAllocated(refusal)) {
      if (attempt >= allocatedAttempts) throw refusal;
      await sleep(allocatedPause);
      throwIfInterrupted(signal, host.name);
      continue;
    }
    if (live === undefined && attempt < attempts) continue;
    if (live === undefined)
      throw new KubeError(409, 'Conflict', `${object.kind} ${object.metadata.name} comes and goes`);
    if (how === 'once' || says(live, object)) return;
    try {
      await client.update(over(live, object));
      return;
    } catch (error) {
      if (!(error instanceof KubeError) || error.status !== 409 || attempt >= attempts) throw error;
    }
  }
}

/**
 * The Service's address is taken: by the Service itself, whose making was cut off or not answered, or for as long as the
 * API server has not given back what that had taken. kubeadm, too, looks for the Service then (createDNSService in
 * cmd/kubeadm/app/phases/addons/dns/dns.go).
 */
function isAllocated({ status, message }: KubeError): boolean {
  return status === 422 && message.includes('already allocated');
}

/** A minute in all: what a request that was cut off may still take at the API server (its --request-timeout's default). */
const allocatedAttempts = 240;
const allocatedPause = 250;

function over(live: KubeObject, object: KubeObject): KubeObject {
  return {
    ...live,
    ...object,
    metadata: {
      ...live.metadata,
      ...object.metadata,
      labels: { ...live.metadata.labels, ...object.metadata.labels },
      annotations: { ...live.metadata.annotations, ...object.metadata.annotations },
      ...defined({ resourceVersion: live.metadata.resourceVersion }),
    },
  };
}

/** Seconds for a node to register and take its marks. */
const markDeadline = 120;

/** Waits for the node to register and merges; whatever fails is tried again, as kubeadm does, unless all is in vain: then false. */
async function markNode(change: NodeChange, target: Target, inVain: AbortSignal): Promise<boolean> {
  const client = await target.kube();
  const end = Date.now() + markDeadline * 1000;
  for (let failure = await tryToMark(change, client); failure; failure = await tryToMark(change, client)) {
    throwIfInterrupted(target.signal, target.host.name);
    if (inVain.aborted) return false;
    if (Date.now() > end) throw failure;
    await sleep(100);
  }
  return true;
}

/** undefined when the node is marked, else why it is not yet. */
async function tryToMark(change: NodeChange, client: KubeClient): Promise<KinitError | undefined> {
  try {
    const node = await client.get({ apiVersion: 'v1', kind: 'Node', name: change.name });
    if (node === undefined) {
      return new KubeError(404, 'NotFound', `node ${change.name} has not registered`, {
        hint: 'look at `journalctl -xeu kubelet` on the host',
      });
    }
    await client.update(mergeNodeMarks(node, change, change.gone));
    return undefined;
  } catch (error) {
    if (error instanceof KinitError) return error;
    throw error;
  }
}
