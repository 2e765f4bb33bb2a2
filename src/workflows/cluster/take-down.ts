import { resetRequest } from '../../config/reset.ts';
import { KinitError } from '../../errors.ts';
import { perform } from '../../execute/executor.ts';
import { type Run, warner } from '../../execute/run.ts';
import { on } from '../../execute/target.ts';
import type { Host } from '../../host/host.ts';
import { withLastLock } from '../../host/lock/lock.ts';
import { overlayHost } from '../../host/overlay.ts';
import type { KubeClient } from '../../kube/client.ts';
import { adminConf } from '../../release/paths.ts';
import { releaseFor } from '../../release/release.ts';
import { newestVersion } from '../../release/served.ts';
import { parseVersion } from '../../release/version.ts';
import { resetHost } from '../node/reset.ts';

/** A node that is to leave its cluster. */
export interface Leaving {
  /** Of its Node. */
  readonly node: string;
  /** Undefined where it cannot be reached and goes without being cleaned. */
  readonly host: Host | undefined;
  /** What a control plane would have taken back itself, where it cannot be reached. */
  readonly takeOut?: () => Promise<void>;
}

export interface TakeDownInput {
  /** Undefined where the cluster does not answer any more. */
  readonly kube: KubeClient | undefined;
  readonly run: Run;
  /** Seconds for its pods to leave; 0: they are not asked. */
  readonly drainDeadline: number;
  /** Goes on where pods do not leave in time, and where etcd loses its quorum. */
  readonly force: boolean;
  /** All of the cluster goes: nothing in it need go on without the node. */
  readonly clusterGoes?: boolean;
  /** As the lock of the host says it: `kinit down`. */
  readonly command: string;
}

/**
 * Lets the node's pods go, takes Kubernetes and its preparation off the host, and deletes the Node. Returns what could
 * not be removed from the host. Throws KinitError; run again, it goes on from there.
 */
export async function takeDown({ node, host, takeOut }: Leaving, input: TakeDownInput): Promise<readonly string[]> {
  const { kube } = input;
  await takeOut?.();
  if (kube !== undefined && takeOut === undefined) await unlessGoing(leave(kube, node, host, input), node, input);
  const leftovers = host === undefined ? [] : await withLastLock(host, input.command, () => cleaned(host, input));
  if (kube !== undefined) await unlessGoing(kube.delete({ apiVersion: 'v1', kind: 'Node', name: node }), node, input);
  return leftovers;
}

/** A cluster of which all goes may be as silent as it likes: that is told, and keeps no host as it is. */
async function unlessGoing(work: Promise<unknown>, node: string, { clusterGoes, run }: TakeDownInput): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!clusterGoes || !(error instanceof KinitError) || run.signal.aborted) throw error;
    warner(run, node)(`the cluster does not take leave of it: ${error.message}`);
  }
}

async function leave(kube: KubeClient, node: string, host: Host | undefined, input: TakeDownInput): Promise<void> {
  const { drainDeadline: deadline, force } = input;
  if (deadline === 0) return;
  const says = `[drain] Evicting the pods of node ${node}`;
  const target = on(input.run, {
    // Only its name is needed.
    host: host ?? overlayHost({ name: node }),
    kube: async () => kube,
    // A drain is the same in every version.
    release: releaseFor(parseVersion(newestVersion)),
  });
  await perform([{ phase: 'drain', change: { kind: 'drain', how: 'drained', node, deadline, force, says } }], target);
}

async function cleaned(host: Host, { run, force, clusterGoes = false }: TakeDownInput): Promise<readonly string[]> {
  const request = resetRequest({ flags: { force } });
  const { leftovers } = await resetHost(host, { request, kubeconfig: adminConf, run, clusterGoes });
  return leftovers;
}
