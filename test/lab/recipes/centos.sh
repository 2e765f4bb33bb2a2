#!/bin/sh
# Layers that give the base the looks of CentOS: OUT/common over the base, OUT/stream-9 or OUT/7 over both.
# centos.sh OUT SCRATCH BASE PACKAGES
set -eu
out=$1 scratch=$2 base=$3 packages=$4
root=$scratch/root
mkdir "$scratch/work" "$root"

# layer NAME LOWER: mounts what the layer's files are written to.
layer() {
  mkdir "$out/$1"
  mount -t overlay overlay -o "lowerdir=$2,upperdir=$out/$1,workdir=$scratch/work" "$root"
  mount -t proc proc "$root/proc"
}

layer common "$base"
mount --bind /etc/resolv.conf "$root/etc/resolv.conf"
chroot "$root" apt-get -q update
chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends \
  firewalld chrony selinux-utils dnf-plugins-core
umount "$root/etc/resolv.conf"

# What packages bring to a host that was bare, and what CentOS has elsewhere.
cd "$root"
rm -rf usr/bin/containerd* usr/bin/ctr usr/sbin/runc etc/containerd opt/cni usr/lib/cni etc/cni \
  lib/systemd/system/containerd.service etc/systemd/system/multi-user.target.wants/containerd.service \
  usr/sbin/conntrack usr/bin/socat usr/sbin/tc sbin/tc \
  lib/systemd/system/chrony.service etc/systemd/system/chronyd.service etc/chrony etc/default/chrony \
  etc/systemd/system/multi-user.target.wants/chrony.service
# Debian's own.
rm -rf usr/bin/apt* usr/bin/dpkg* usr/lib/apt usr/lib/dpkg etc/apt etc/dpkg var/lib/apt var/lib/dpkg var/cache/apt \
  usr/lib/python3/dist-packages/dnf-plugins/local.py etc/dnf/plugins/local.conf etc/debian_version etc/os-release lib/systemd/system/apt-* lib/systemd/system/dpkg-*
cd - >/dev/null

cp -a --no-preserve=ownership centos/common/. "$root"
chmod 640 "$root/etc/chrony.keys"
ln -s /lib/systemd/system/chronyd.service "$root/etc/systemd/system/multi-user.target.wants/chronyd.service"
mkdir -p "$root/etc/pki/tls" "$root/etc/pki/ca-trust/source/anchors" "$root/etc/pki/rpm-gpg" "$root/etc/yum.repos.d"
mv "$root/etc/ssl/certs" "$root/etc/pki/tls/certs"
ln -s ca-certificates.crt "$root/etc/pki/tls/certs/ca-bundle.crt"
ln -s ../pki/tls/certs "$root/etc/ssl/certs"
ln -s dnf-3 "$root/usr/bin/yum"
umount -R "$root"

# release FOLDER PACKAGE KEY
release() {
  layer "$1" "$out/common:$base"
  cp -a --no-preserve=ownership "centos/$1/." "$root"
  install -m 644 "$packages/RPM-GPG-KEY" "$root/etc/pki/rpm-gpg/$3"
  mkdir "$root/packages"
  mount --bind "$packages" "$root/packages"
  chroot "$root" sh -ec "rpmkeys --import /etc/pki/rpm-gpg/$3; rpm -i /packages/present/*.rpm /packages/distribution/$2-[0-9]*.rpm"
  umount "$root/packages"
  rmdir "$root/packages"
}
release stream-9 centos-stream-release RPM-GPG-KEY-centosofficial
umount -R "$root"
release 7 centos-release RPM-GPG-KEY-CentOS-7
rm "$root/usr/bin/dnf"
install -m 755 "$base/sbin/tc" "$root/usr/sbin/tc" # still in iproute
umount -R "$root"
