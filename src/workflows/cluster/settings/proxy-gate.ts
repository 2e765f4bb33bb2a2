import { setTimeout as sleep } from 'node:timers/promises';
import { KinitError } from '../../../errors.ts';
import { throwIfInterrupted } from '../../../execute/interrupted.ts';
import type { Target } from '../../../execute/target.ts';
import type { KubeClient, KubeObject } from '../../../kube/client.ts';
import { KubeError } from '../../../kube/error.ts';
import { restartsOf, runs, waitingReason } from '../../../kube/pod-status.ts';
import { proxyPodsOf } from '../../../phases/endpoint/kube-proxy.ts';

/** Milliseconds that a kube-proxy has to run: one that does not take its configuration ends at once, and no probe asks it. */
const settled = 3000;

/** As often as a kube-proxy may end before nobody waits for it any longer. */
const tooOften = 3;

/**
 * Waits until a kube-proxy of the node that is none of those of before runs, and runs on. An API server that does not answer
 * counts as not yet. Throws KinitError with what keeps it at the deadline (seconds), or as soon as it ends again and again, or
 * the API server refuses to tell.
 */
export async function passProxy(
  node: string,
  before: readonly KubeObject[],
  deadline: number,
  target: Target,
): Promise<void> {
  const { signal, host } = target;
  const end = Date.now() + deadline * 1000;
  let sign = '';
  let since = 0;
  for (;;) {
    throwIfInterrupted(signal, host.name);
    const seen = await look(node, before, target);
    const { pod } = seen;
    const now = pod === undefined || !runs(pod) ? '' : `${pod.metadata.uid}/${restartsOf(pod)}`;
    // Who is not seen for want of an API server may run on.
    if (seen.silence === undefined) {
      if (now !== sign) since = Date.now();
      sign = now;
      if (sign !== '' && Date.now() - since >= settled) return;
    }
    const endsAgain = pod !== undefined && restartsOf(pod) >= tooOften;
    if (endsAgain || isRefusal(seen.silence) || Date.now() >= end) throw notRunning(node, seen, host.name);
    await sleep(between, undefined, { signal }).catch(() => {});
  }
}

/** An answer that says no says it the next time, too; the client has asked again where it could be that rights are not known yet. */
function isRefusal(silence: Error | undefined): boolean {
  return silence instanceof KubeError && (silence.status === 401 || silence.status === 403);
}

/** Milliseconds between two looks. */
const between = 500;

interface Seen {
  /** The newest kube-proxy of the node. */
  readonly pod?: KubeObject | undefined;
  /** Why nobody said. */
  readonly silence?: Error;
}

async function look(node: string, before: readonly KubeObject[], target: Target): Promise<Seen> {
  try {
    return { pod: await newest(await target.kube(), node, before) };
  } catch (error) {
    if (error instanceof Error) return { silence: error };
    throw error;
  }
}

async function newest(kube: KubeClient, node: string, before: readonly KubeObject[]): Promise<KubeObject | undefined> {
  const gone = new Set(before.map(({ metadata }) => metadata.uid));
  const pods = await kube.list(proxyPodsOf(node));
  return pods.find(({ metadata }) => !gone.has(metadata.uid) && metadata['deletionTimestamp'] === undefined);
}

function notRunning(node: string, { pod, silence }: Seen, host: string): KinitError {
  const why = silence?.message ?? (pod === undefined ? 'there is none' : (waitingReason(pod) ?? 'it does not stay'));
  const name = pod?.metadata.name ?? '-l k8s-app=kube-proxy';
  return new KinitError(`the kube-proxy of node ${node} does not run with its configuration: ${why}`, {
    host,
    cause: silence,
    hint: `the configuration of before is back; \`kubectl -n kube-system logs --previous ${name}\` says what it did not take: mend KubeProxyConfiguration in the file, then run the same command again`,
  });
}
