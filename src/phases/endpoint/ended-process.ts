/**
 * A command that ends the processes of this name (as the kernel keeps it, 15 characters), so that their kubelet starts them
 * anew: asked first, and after `grace` tenths of a second forced. An API server that is only asked goes on for up to a minute,
 * as long as anybody watches (k8s.io/apiserver lifecycle_signals.go: ShutdownTimeout). Ends with 1 where there is none.
 * Those of pods that are not static stay: a tenant's etcd is none of the cluster's.
 */
export function endedProcess(name: string, grace = 30, proc = '/proc'): readonly string[] {
  return ['sh', '-c', script, 'kinit', name, String(grace), proc];
}

/**
 * In the cgroup of a process (grep -E) of a pod that is not static: its UID has dashes, in systemd's slices underscores, where
 * that of a static pod is a hash (pkg/kubelet/config/common.go).
 */
export const notStatic = 'pod[0-9a-f]{8}[_-]';

/** Those that run now, and none that the kubelet starts meanwhile. */
const script = `old=
for one in $(pgrep -x "$1"); do
  grep -Eq '${notStatic}' "$3/$one/cgroup" 2>/dev/null || old="$old $one"
done
[ -n "$old" ] || exit 1
kill $old 2>/dev/null
while [ "$2" -gt 0 ]; do
  left=
  for one in $old; do kill -0 "$one" 2>/dev/null && left="$left $one"; done
  [ -n "$left" ] || exit 0
  sleep 0.1 2>/dev/null || sleep 1
  set -- "$1" $(($2 - 1)) "$3"
done
kill -9 $left 2>/dev/null || :`;
