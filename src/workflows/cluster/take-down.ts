import { resetRequest } from '../../config/reset.ts';
import { KinitError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import { withLastLock } from '../../host/lock/lock.ts';
import type { KubeClient } from '../../kube/client.ts';
import { adminConf } from '../../release/paths.ts';
import type { Reporter } from '../../report/reporter.ts';
import { resetHost, takeTurns } from '../node/reset.ts';
import { drain } from './drain.ts';

/** A node that is to leave its cluster. */
export interface Leaving {
  /** Of its Node. */
  readonly node: string;
  /** Undefined where it cannot be reached and goes without being cleaned. */
  readonly host: Host | undefined;
}

export interface TakeDownInput {
  /** Undefined where the cluster does not answer any more. */
  readonly kube: KubeClient | undefined;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Seconds for its pods to leave; 0: they are not asked. */
  readonly drainDeadline: number;
  /** Goes on where pods do not leave in time. */
  readonly force: boolean;
  /** As the lock of the host says it: `kinit down`. */
  readonly command: string;
}

/**
 * Lets the node's pods go, takes Kubernetes and its preparation off the host, and deletes the Node. Returns what could
 * not be removed from the host. Throws KinitError; run again, it goes on from there.
 */
export async function takeDown({ node, host }: Leaving, input: TakeDownInput): Promise<readonly string[]> {
  const { kube } = input;
  if (kube !== undefined) await leave(kube, node, host?.name ?? node, input);
  const leftovers = host === undefined ? [] : await withLastLock(host, input.command, () => cleaned(host, input));
  await kube?.delete({ apiVersion: 'v1', kind: 'Node', name: node });
  return leftovers;
}

async function leave(kube: KubeClient, node: string, host: string, input: TakeDownInput): Promise<void> {
  const { reporter, signal, drainDeadline, force } = input;
  if (drainDeadline === 0) return;
  reporter.report({ type: 'line', host, phase: 'drain', text: `[drain] Evicting the pods of node ${node}` });
  const left = await drain(kube, node, {
    deadlineMs: drainDeadline * 1000,
    signal,
    tell: (what) => reporter.report({ type: 'waiting', host, what, deadline: drainDeadline }),
  });
  if (left.length === 0) return;
  const text = `${left.length} pod${left.length === 1 ? '' : 's'} did not leave within ${drainDeadline}s: ${left.slice(0, 5).join(', ')}${left.length > 5 ? ' …' : ''}`;
  if (force) return reporter.report({ type: 'warning', host, text });
  throw new KinitError(text, {
    host,
    hint: `see what holds them (kubectl get pdb -A), give --drain-timeout more time, or --force; kubectl uncordon ${node} takes it back`,
  });
}

async function cleaned(host: Host, { reporter, signal, now }: TakeDownInput): Promise<readonly string[]> {
  const { leftovers } = await resetHost(host, {
    request: resetRequest({ flags: { force: true } }),
    kubeconfig: adminConf,
    reporter,
    signal,
    now,
    rehearsal: false,
    turn: takeTurns(),
  });
  return leftovers;
}
