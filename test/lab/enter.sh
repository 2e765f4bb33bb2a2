#!/bin/sh
# Runs a command inside a host: GROUP PID COMMAND..., PID being the host's first process.
set -eu
group=$1 pid=$2
shift 2
# So that it counts as the host's: frozen with it, ended with it.
for folder in /sys/fs/cgroup/*/"$group"; do
  # nspawn parts the hierarchies of systemd itself in two.
  [ ! -d "$folder/payload" ] || folder=$folder/payload
  echo $$ >"$folder/cgroup.procs"
done
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
  nsenter --target "$pid" --mount --uts --ipc --net --pid --cgroup --root --wd -- "$@"
