import { setTimeout as sleep } from 'node:timers/promises';
import type { RunOptions } from '../host/host.ts';
import { kubernetesDirectory, staticPodFile } from '../release/paths.ts';

/** Milliseconds until a kubelet that has refused etcd is shown its manifest once more. */
export const untilShownAgain = 40_000;

interface Runs {
  run(argv: readonly string[], options?: RunOptions): Promise<unknown>;
}

/** Shows a kubelet that has refused etcd its manifest again, now and then, until what waits for etcd is over. */
export async function showAgain(host: Runs, over: AbortSignal, everyMs = untilShownAgain): Promise<void> {
  for (;;) {
    await sleep(everyMs, undefined, { signal: over }).catch(() => {});
    if (over.aborted) return;
    await host.run(shownAgain(staticPodFile('etcd')), { deadline: 60 }).catch(() => {});
  }
}

/**
 * A command that takes etcd's manifest away for a moment where the kubelet has refused the pod: one that is just starting does
 * so for a request of ephemeral storage (kubeadm's manifests up to v1.21) before it knows its disk, and never looks at the pod
 * again, but takes a manifest that comes anew. One that is still pulling or beginning it is left alone. A run that is killed in
 * between leaves no manifest, which the next one writes.
 */
export function shownAgain(manifest: string, aside = `${kubernetesDirectory}/.kinit-etcd`): readonly string[] {
  return ['sh', '-c', script, 'kinit', manifest, aside];
}

const script = `[ -e "$1" ] || exit 0
journalctl -u kubelet -b -o cat --no-pager 2>/dev/null | grep -q 'Failed to admit pod.*etcd-' || exit 0
ls -d /var/log/pods/kube-system_etcd-* >/dev/null 2>&1 && exit 0
mv "$1" "$2" && sleep 5
mv "$2" "$1"`;
