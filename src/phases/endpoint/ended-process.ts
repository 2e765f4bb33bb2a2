/**
 * A command that ends the processes of this name (as the kernel keeps it, 15 characters), so that their kubelet starts them
 * anew: asked first, and after `grace` tenths of a second forced. An API server that is only asked goes on for up to a minute,
 * as long as anybody watches (k8s.io/apiserver lifecycle_signals.go: ShutdownTimeout). Ends with 1 where there is none.
 * Where static pods have such processes, only theirs are ended: a tenant's etcd is none of the cluster's.
 */
export function endedProcess(name: string, grace = 30, proc = '/proc'): readonly string[] {
  return ['sh', '-c', script, 'kinit', name, String(grace), proc];
}

/**
 * Those that run now, and none that the kubelet starts meanwhile. The UID of a static pod, which its cgroup is named after, is a
 * hash (pkg/kubelet/config/common.go), that of any other pod has dashes or, in systemd's slices, underscores.
 */
const script = `old=$(pgrep -x "$1") || exit 1
own=
for one in $old; do
  if grep -Eq 'pod[0-9a-f]{32}([./]|$)' "$3/$one/cgroup" 2>/dev/null; then own="$own $one"; fi
done
old=\${own:-$old}
kill $old 2>/dev/null
while [ "$2" -gt 0 ]; do
  left=
  for one in $old; do kill -0 "$one" 2>/dev/null && left="$left $one"; done
  [ -n "$left" ] || exit 0
  sleep 0.1 2>/dev/null || sleep 1
  set -- "$1" $(($2 - 1)) "$3"
done
kill -9 $left 2>/dev/null || :`;
