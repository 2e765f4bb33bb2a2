import { defined } from '../defined.ts';
import { KinitError } from '../errors.ts';
import type { KubeObject } from '../kube/client.ts';
import { withoutProcesses } from './pod-processes.ts';
import type { Target } from './target.ts';

/**
 * Lets pods of a host go that are being deleted and of which no process runs any more, so that the next ones are made: a
 * kubelet (v1.20) may tell the end of one a minute late, and its node has no kube-proxy all the while. Who cannot ask, or
 * is refused, has changed nothing: they are waited for.
 */
export async function letGo(pods: readonly KubeObject[], { host, kube, signal, reporter }: Target): Promise<void> {
  if (pods.length === 0) return;
  const ended = await withoutProcesses(pods, host, signal);
  for (const { apiVersion, kind, metadata } of ended) {
    const { namespace, name, uid = '' } = metadata;
    const ref = { apiVersion, kind, name, ...defined({ namespace }) };
    const text = `[drain] Letting pod ${namespace}/${name} go: none of its processes runs any more, and its kubelet has not said so`;
    await kube()
      .then((client) => client.delete(ref, { uid }))
      .then(() => reporter.report({ type: 'line', host: host.name, phase: 'drain', text }))
      .catch((error: unknown) => {
        if (!(error instanceof KinitError)) throw error;
      });
  }
}
