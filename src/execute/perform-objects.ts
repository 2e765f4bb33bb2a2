import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeClient, KubeObject } from '../kube/client.ts';
import { KubeError } from '../kube/error.ts';
import { mergeNodeMarks } from '../manifests/node-marks.ts';
import { type NodeChange, type ObjectChange, refOf } from './change.ts';
import type { Decided } from './executor.ts';
import { says } from './same-object.ts';
import type { Target } from './target.ts';
import { wholeObject } from './whole-object.ts';

/** How many requests are under way at once. */
const parallel = 8;

/** Writes Kubernetes objects and node marks, several at a time, telling each in order. Throws KubeError. */
export async function performObjects(batch: readonly Decided[], target: Target): Promise<void> {
  const queue = [...batch];
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { change } = next;
      if (change.kind === 'object') await writeObject(change, target);
      if (change.kind === 'node' && !target.rehearsal) await markNode(change, await target.kube());
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, batch.length) }, work));
  for (const { phase, change } of batch) {
    if (change.says !== undefined)
      target.reporter.report({ type: 'line', host: target.host.name, phase, text: change.says });
  }
}

async function writeObject(change: ObjectChange, target: Target): Promise<void> {
  const client = await target.kube();
  try {
    await write({ ...change, object: await wholeObject(change, target, client) }, client);
  } catch (error) {
    if (change.as === undefined || !(error instanceof KubeError) || error.status !== 403) throw error;
    await write(change, await target.kube(change.as));
  }
}

/** kubeadm's rule: create, if it is there update; keeping what the server and others have added to its metadata. */
async function write({ object, how }: ObjectChange, client: KubeClient): Promise<void> {
  if (how === 'absent') {
    await client.delete(refOf(object));
    return;
  }
  if (how === 'applied') {
    await client.apply(object);
    return;
  }
  for (let attempt = 0; ; attempt++) {
    try {
      await client.create(object);
      return;
    } catch (error) {
      if (!(error instanceof KubeError) || error.status !== 409) throw error;
      if (how === 'once') return;
    }
    const live = await client.get(refOf(object));
    if (live === undefined) continue;
    if (says(live, object)) return;
    try {
      await client.update(over(live, object));
      return;
    } catch (error) {
      if (!(error instanceof KubeError) || error.status !== 409 || attempt >= 20) throw error;
    }
  }
}

function over(live: KubeObject, object: KubeObject): KubeObject {
  return {
    ...live,
    ...object,
    metadata: {
      ...live.metadata,
      ...object.metadata,
      labels: { ...live.metadata.labels, ...object.metadata.labels },
      annotations: { ...live.metadata.annotations, ...object.metadata.annotations },
      ...(live.metadata.resourceVersion === undefined ? {} : { resourceVersion: live.metadata.resourceVersion }),
    },
  };
}

/** Waits for the node to register, as kubeadm does, then merges; another writer means another try. */
async function markNode(change: NodeChange, client: KubeClient): Promise<void> {
  const ref = { apiVersion: 'v1', kind: 'Node', name: change.name };
  const deadline = Date.now() + 120_000;
  for (;;) {
    const node = await client.get(ref);
    if (node !== undefined) {
      try {
        await client.update(mergeNodeMarks(node, change));
        return;
      } catch (error) {
        if (!(error instanceof KubeError) || error.status !== 409) throw error;
      }
    }
    if (Date.now() > deadline) {
      throw new KubeError(404, 'NotFound', `node ${change.name} has not registered within 120 s`, {
        hint: 'look at `journalctl -xeu kubelet` on the host',
      });
    }
    await sleep(node === undefined ? 100 : 10);
  }
}
