#!/bin/sh
# Runs one host until it is switched off: HOST DISK LOWER NETWORK GROUP, then arguments for nspawn.
# Started in a mount namespace of its own, so that what it mounts ends with it.
set -eu
host=$1 disk=$2 lower=$3 network=$4 group=$5
shift 5

for folder in /sys/fs/cgroup/*/"$group"; do echo $$ >"$folder/cgroup.procs"; done
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$disk/upper,workdir=$disk/work" "$disk/root"
mkdir -p /run/systemd
mount -t tmpfs tmpfs /run/systemd # nspawn's locks and sockets

while :; do
  code=0
  # Not --boot: the host's own first process puts things right before systemd.
  SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=0 SYSTEMD_NSPAWN_USE_CGNS=1 SYSTEMD_SECCOMP=0 \
    systemd-nspawn --quiet --directory="$disk/root" --machine="$host" --register=no --keep-unit \
    --network-namespace-path="$network" --capability=all --link-journal=no --resolv-conf=off --timezone=off \
    --kill-signal=SIGRTMIN+3 --notify-ready=no --console=pipe --bind=/dev/kmsg \
    --bind="$disk/containerd:/var/lib/containerd" --bind="$disk/kubelet:/var/lib/kubelet" \
    --bind="$disk/etcd:/var/lib/etcd" "$@" /usr/lib/kinit-lab/init || code=$?
  [ $code = 133 ] || exit $code

  # A reboot: what a kernel would forget. The pods' empty cgroups alone would cost the next kubelet a minute.
  find /sys/fs/cgroup/*/"$group" -mindepth 1 -depth -type d -exec rmdir {} + 2>/dev/null || true
  nsenter --net="$network" chroot "$disk/root" sh -c '
    nft flush ruleset
    for link in $(ip -brief link | sed "s/[@ ].*//"); do
      [ "$link" = lo ] || [ "$link" = eth0 ] || ip link delete "$link"
    done' || true
done
