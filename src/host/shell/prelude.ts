/** Where a script may keep what commands print: memory first, so that a full disk does not hide its own message. */
const scratchBases = `/run /dev/shm "\${TMPDIR:-/tmp}"`;

const whoRuns = `# started PID: when the process began, in ticks; nothing where there is none.
started() {
  read -r stat 2>/dev/null <"/proc/$1/stat" || return
  set -- \${stat##*) }
  echo "\${20}"
}

# ours FOLDER: what anybody may put into /tmp is not, nor is a link.
ours() { [ -d "$1" ] && [ ! -h "$1" ] && [ -O "$1" ]; }
`;

/**
 * What every script starts with, for the tools of CentOS 7 (a POSIX sh, coreutils 8.22). A record is one line of
 * fields between bars; a field that may hold any byte is base64. `$id` names the call and is set before.
 */
export const prelude = `
export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
umask 022
scratch=

${whoRuns}
# running ID: whether the call of this id still runs here.
running() {
  for room in ${scratchBases}; do
    ours "$room/.kinit-$1" && read -r pid since 2>/dev/null <"$room/.kinit-$1/self" || continue
    [ -z "$pid" ] || [ "$(started "$pid")" != "$since" ] || return 0
  done
  return 1
}

# sweep FOLDER: what calls that were killed have left in it.
sweep() {
  for old in "$1"/.kinit-*; do
    [ -O "$old" ] || continue
    was=\${old##*/.kinit-}; was=\${was%%-*}
    case $was in fsync*) continue ;; esac
    running "$was" || rm -rf "$old"
  done
}

# What calls that were killed have left there: what they were given and what they printed. One that has not yet said who
# it is has just begun.
for base in ${scratchBases}; do
  for old in "$base"/.kinit-*; do
    ours "$old" && [ -s "$old/self" ] || continue
    running "\${old##*/.kinit-}" || rm -rf "$old"
  done
done

for base in ${scratchBases}; do
  if mkdir -m 700 "$base/.kinit-$id" 2>/dev/null; then scratch=$base/.kinit-$id; break; fi
done
[ -n "$scratch" ] || { echo 'no room for a temporary directory in /run, /dev/shm or /tmp' >&2; exit 1; }
trap 'rm -rf "$scratch"' EXIT
echo "$$ $(started $$)" >"$scratch/self"
trap 'exit 143' HUP INT PIPE TERM
printf '\\nkinit-%s\\n' "$id"

# bounded SECONDS ARGV...: in a process group of its own, which ends with everything in it when the time is over.
bounded() {
  started=$(date +%s) limit=$1
  sh -c 'echo $$ >"$1/pid"; shift; exec timeout -k 5 "$@"' sh "$scratch" "$@" >"$scratch/out" 2>"$scratch/err"
  status=$?
  : >"$scratch/pid"
  if [ $status = 124 ] || [ $status = 137 ]; then
    [ $(($(date +%s) - started)) -lt "$limit" ] || : >"$scratch/expired"
  fi
  return $status
}

# answer KIND INDEX CODE, with what the command printed.
answer() {
  expired=0
  [ ! -e "$scratch/expired" ] || { expired=1; rm -f "$scratch/expired"; }
  printf '%s|%s|%s|%s|' "$1" "$2" "$3" "$expired"
  [ ! -s "$scratch/out" ] || base64 -w0 <"$scratch/out"
  printf '|'
  [ ! -s "$scratch/err" ] || base64 -w0 <"$scratch/err"
  echo
}
`;

/** Seconds that the question below takes at most. */
const patience = 10;

/**
 * Waits a while for the calls whose ids begin with the first argument, and prints, a line each, what those that still run are
 * at: they go on on the host when who made them is gone.
 */
export const callsScript = `
${whoRuns}
calls() {
  for base in ${scratchBases}; do
    for room in "$base/.kinit-$1"*; do
      ours "$room" && read -r pid since 2>/dev/null <"$room/self" && [ -n "$pid" ] || continue
      [ "$(started "$pid")" = "$since" ] || continue
      pid=$(cat "$room/pid" 2>/dev/null)
      echo "\${pid:+$(tr '\\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | head -c 200)}"
    done
  done
}
left=${patience * 2}
while at=$(calls "$1" | sed 's/^$/a script/') && [ -n "$at" ]; do
  left=$((left - 1))
  if [ $left = 0 ]; then echo "$at"; exit 0; fi
  sleep 0.5 2>/dev/null || sleep 1
done
`;

/** Ends the command that the call of this id runs, and lets it start no other. */
export function interruptScript(id: string): string {
  return `for base in ${scratchBases}; do
  [ -O "$base/.kinit-${id}" ] || continue
  : >"$base/.kinit-${id}/stop"
  pid=$(cat "$base/.kinit-${id}/pid" 2>/dev/null)
  [ -z "$pid" ] || kill "$pid"
done`;
}
