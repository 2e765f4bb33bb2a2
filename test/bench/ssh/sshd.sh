#!/bin/sh
# A host of which only sshd is real: NAME LOWER DISK NETWORK, all of it gone with this process.
set -eu
name=$1 lower=$2 disk=$3 network=$4
mkdir -p "$disk/upper" "$disk/work" "$disk/root"
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$disk/upper,workdir=$disk/work" "$disk/root"
exec nsenter --net="$network" unshare --uts --pid --fork --kill-child=KILL sh -euc '
  hostname "$1"
  cd "$2"
  mount -t proc proc proc
  mount --bind -o ro proc/sys proc/sys
  mount -o remount,bind,ro proc/sys
  mount -t sysfs -o ro sysfs sys
  mount -t tmpfs -o size=1m tmpfs dev
  for device in null zero random urandom tty; do : >"dev/$device"; mount --bind "/dev/$device" "dev/$device"; done
  mkdir -p run/sshd
  exec chroot . /usr/sbin/sshd -D -E /var/log/sshd.log -f /etc/ssh/bench_config' sh "$name" "$disk/root"
