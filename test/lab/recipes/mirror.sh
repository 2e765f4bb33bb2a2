#!/bin/sh
# A layer that makes the base a mirror: RPM repositories on port 80, a registry of the images on 5000, an NTP server.
# mirror.sh OUT SCRATCH BASE PACKAGES SEED
set -eu
out=$1 scratch=$2 base=$3 packages=$4 seed=$5
root=$scratch/root
mkdir "$scratch/work" "$root"
mount -t overlay overlay -o "lowerdir=$base,upperdir=$out,workdir=$scratch/work" "$root"
mount -t proc proc "$root/proc"
mount --bind /etc/resolv.conf "$root/etc/resolv.conf"
chroot "$root" apt-get -q update
chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends \
  -o Dpkg::Options::=--force-confold chrony docker-registry
umount "$root/etc/resolv.conf"
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin
cp -a --no-preserve=ownership mirror/. "$root"
ln -s /etc/systemd/system/packages.service "$root/etc/systemd/system/multi-user.target.wants/packages.service"
ln -sf /dev/null "$root/etc/systemd/system/containerd.service"

# The distribution's repository where the real mirrors have it.
cp -al "$packages/kubernetes" "$packages/distribution" "$packages/RPM-GPG-KEY" "$root/srv" 2>/dev/null ||
  cp -a "$packages/kubernetes" "$packages/distribution" "$packages/RPM-GPG-KEY" "$root/srv"
mkdir -p "$root/srv/9-stream/BaseOS/x86_64"
ln -s ../../../distribution "$root/srv/9-stream/BaseOS/x86_64/os"
for repository in os updates extras; do
  mkdir -p "$root/srv/7.9.2009/$repository"
  ln -s ../../distribution "$root/srv/7.9.2009/$repository/x86_64"
done

# The registry is filled by pushing to it, in a network of its own.
mkdir -p "$scratch/containerd" "$scratch/containerd-work" "$root/var/lib/containerd"
mount -t tmpfs tmpfs "$root/run"
mount -t overlay overlay -o "lowerdir=$seed,upperdir=$scratch/containerd,workdir=$scratch/containerd-work" \
  "$root/var/lib/containerd"
cat >"$root/run/push" <<'PUSH'
set -eu
ip link set lo up
printf 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n' >/run/config.toml
containerd --config /run/config.toml >/run/containerd.log 2>&1 &
containerd=$!
docker-registry serve /etc/docker/registry/config.yml >/run/registry.log 2>&1 &
registry=$!
until ctr version >/dev/null 2>&1 && curl --silent http://127.0.0.1:5000/v2/; do
  kill -0 $containerd && kill -0 $registry || { cat /run/*.log >&2; exit 1; }
  sleep 0.1
done
ctr --namespace k8s.io images list --quiet | grep -v ^sha256: | while read -r image; do
  mirrored=127.0.0.1:5000/${image#*/}
  [ "$image" = "$mirrored" ] || ctr --namespace k8s.io images tag "$image" "$mirrored" >/dev/null
  ctr --namespace k8s.io images push --plain-http "$mirrored" >/dev/null
done
kill $containerd $registry
wait
PUSH
unshare --net chroot "$root" sh /run/push
chroot "$root" chown -R docker-registry:docker-registry /var/lib/docker-registry
