/** `wrong FILE`: why it is no whole snapshot; nothing where it is one (see etcd/snapshot-file.ts for the rule). */
const wholeness = `wrong() {
  bytes=$(wc -c <"$1")
  [ $((bytes % 512)) = 32 ] || { echo "truncated: it ends after $bytes bytes, in the middle"; return; }
  want=$(tail -c 32 "$1" | od -An -v -tx1 | tr -d ' \\n')
  got=$(head -c $((bytes - 32)) "$1" | sha256sum | cut -d ' ' -f 1)
  [ "$want" = "$got" ] || echo "damaged: its SHA-256 is not the one at its end"
}
`;

/**
 * How a host saves a snapshot of its own member of etcd: curl asks the JSON gateway of etcd over the loopback, and what
 * comes is the file that etcdctl would write. No etcdctl, no tool of a runtime, no room in etcd's own folder is needed.
 */
export const snapshotScript = `# Made by kinit: saves a snapshot of the member of etcd on this host.
# FOLDER KEEP CLUSTER CERTIFICATES URL STEP: seconds between members; 0: at once
set -u
umask 077
dir=$1 keep=$2 cluster=$3 pki=$4 url=$5 step=$6
part=
fail() { echo "$*" >&2; exit 1; }
trap '[ -z "$part" ] || rm -f "$part"' EXIT
trap 'exit 143' HUP INT TERM
ask() {
  curl -sS --fail --noproxy '*' --connect-timeout 5 --speed-limit 1 --speed-time 60 \\
    --cacert "$pki/ca.crt" --cert "$pki/healthcheck-client.crt" --key "$pki/healthcheck-client.key" \\
    -X POST -d '{}' "$url/v3/$1"
}
number() { printf '%s\\n' "$status" | sed -n "s/.*\\"$1\\":\\"\\{0,1\\}\\([0-9]*\\).*/\\1/p"; }
${wholeness}
command -v curl >/dev/null || fail "there is no curl on this host"
# After a boot etcd takes its time.
tries=1
[ "$step" = 0 ] || tries=24
until status=$(ask maintenance/status); do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || fail "etcd at $url does not answer"
  sleep 5
done
case $status in *'"isLearner":true'*) fail "this member has no vote yet, so it need not have all" ;; esac

# One member after the other, by their ids; the leader last.
if [ "$step" != 0 ]; then
  own=$(number member_id) slot=0 count=0
  for id in $(ask cluster/member/list | grep -o '"ID":"[0-9]*"' | tr -dc '0-9\\n'); do
    [ "$id" != "$own" ] || slot=$count
    count=$((count + 1))
  done
  [ "$own" != "$(number leader)" ] || [ "$count" -lt 2 ] || slot=$count
  sleep $((slot * step))
fi

mkdir -p "$dir" && chmod 700 "$dir" || exit
exec 9>"$dir/.lock" || exit
flock -n 9 || fail "another snapshot is being saved in $dir"
# Of runs that were killed.
rm -f "$dir"/.etcd-*.part
need=$(($(number dbSize) / 1024 + 1024))
free=$(df -Pk "$dir" | awk 'NR > 1 { print $4 }')
[ "$free" -gt "$need" ] || fail "no room for $need KiB: $free KiB are free in $dir"
name=etcd-$cluster-$(date -u +%Y%m%dT%H%M%SZ).db
part=$dir/.$name.part
# Lines of 43 kB would be looked at byte by byte: each string has a line of its own, and is not looked into.
ask maintenance/snapshot | tr '"' '\\n' |
  sed -n -e '/^blob$/{n;n;p;}' -e '/^message$/{n;n;w /dev/stderr' -e '}' |
  base64 -d >"$part" || fail "the snapshot could not be written"
problem=$(wrong "$part")
[ -z "$problem" ] || fail "what the member sends is $problem"
sync "$part" 2>/dev/null || sync
mv -f "$part" "$dir/$name" || exit
part=
[ "$keep" = 0 ] || ls -1 "$dir" | grep "^etcd-$cluster-[0-9TZ]*\\.db$" | sort -r | tail -n "+$((keep + 1))" |
  while read -r old; do rm -f "$dir/$old"; done
echo "$dir/$name"
`;

/**
 * Lists the snapshots in a folder of a host, each read to its end: a line each, `NAME BYTES SECONDS SHA256 PROBLEM`, the time
 * since the epoch. Nothing where there is no such folder.
 */
export const snapshotListing = `${wholeness}
cd "$1" 2>/dev/null || exit 0
for file in etcd-*.db; do
  [ -f "$file" ] || continue
  echo "$file $(stat -c '%s %Y' "$file") $(sha256sum <"$file" | cut -d ' ' -f 1) $(wrong "$file")"
done
`;
