import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../host/host.ts';
import { manifestsDirectory } from '../release/paths.ts';
import { finalCause } from './diagnose.ts';

/** Milliseconds: who waits in vain is told soon, who waits well is not disturbed. */
const looks = { first: 20_000, between: 10_000 } as const;

/**
 * Why waiting for what a host starts is in vain: its kubelet, or a static pod, ends again and again since the wait began with
 * words that time does not mend. Gives the cause as soon as it is seen, undefined when the wait is over.
 */
export async function hopeless(
  host: Host,
  over: AbortSignal,
  { first, between }: { readonly first: number; readonly between: number } = looks,
): Promise<string | undefined> {
  const began = Date.now();
  for (let pause = first; ; pause = between) {
    await sleep(pause, undefined, { signal: over }).catch(() => {});
    if (over.aborted) return undefined;
    const seconds = Math.ceil((Date.now() - began) / 1000);
    const seen = await host.run(endsAgain(seconds), { deadline: 20 }).catch(() => undefined);
    const cause = finalCause(seen?.stdout ?? '');
    if (cause !== undefined) return cause;
  }
}

/**
 * A command that gives the last words of what a host has started at least twice within these seconds: its kubelet and its static
 * pods. Others' pods end as they like.
 */
export function endsAgain(seconds: number, logs = '/var/log/pods', manifests = manifestsDirectory): readonly string[] {
  return ['sh', '-c', script, 'kinit', String(seconds), logs, manifests];
}

const script = String.raw`
since=$(($(date +%s) - $1))
for manifest in "$3"/*.yaml; do
  name=$(basename "$manifest" .yaml)
  find "$2"/kube-system_"$name"-*/ -name '*.log' ! -name '0.log' -newermt "@$since" 2>/dev/null
done | while read -r log; do tail -n 3 "$log"; done
said=$(journalctl -u kubelet --since "@$since" --no-pager -o cat 2>/dev/null | grep -E 'unknown flag|flag provided but not defined')
[ "$(printf '%s\n' "$said" | grep -c .)" -lt 2 ] || printf '%s\n' "$said" | tail -n 1
exit 0`;
