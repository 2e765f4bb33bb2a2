#!/bin/sh
# A containerd folder that holds the images already: importing takes 10 s, copying this folder no time.
# seed.sh OUT SCRATCH BASE IMAGES...
set -eu
out=$1 scratch=$2 base=$3
root=$scratch/root
shift 3
mkdir "$scratch/upper" "$scratch/work" "$root"
mount -t overlay overlay -o "lowerdir=$base,upperdir=$scratch/upper,workdir=$scratch/work" "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/run"
mkdir -p "$root/var/lib/containerd" "$root/images"
mount --bind "$out" "$root/var/lib/containerd"

printf 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n' >"$root/etc/containerd/config.toml"
chroot "$root" containerd >"$scratch/containerd.log" 2>&1 &
containerd=$!
until chroot "$root" ctr version >/dev/null 2>&1; do
  kill -0 $containerd || { cat "$scratch/containerd.log" >&2; exit 1; }
  sleep 0.1
done
for images; do
  mount --bind "$images" "$root/images"
  for image in "$images"/*.tar; do
    chroot "$root" ctr --namespace k8s.io images import "/images/$(basename "$image")"
  done
  umount "$root/images"
done
kill $containerd
wait $containerd || true
