#!/bin/sh
# The root file system that every host begins with.
# base.sh OUT SCRATCH   (apt sources on stdin)
set -eu
root=$1
packages=systemd,systemd-sysv,libpam-systemd,libnss-myhostname,dbus,openssh-server,sudo
packages=$packages,containerd,runc,containernetworking-plugins
packages=$packages,iptables,nftables,ebtables,conntrack,socat,ethtool,iproute2,kmod,procps,util-linux,mount
packages=$packages,ca-certificates,curl,libstdc++6,rpm,dnf
mmdebstrap --quiet --variant=minbase --include="$packages" bookworm "$root" -

# Units that look after hardware, or that change what belongs to the whole machine.
for unit in systemd-udevd.service systemd-udevd-control.socket systemd-udevd-kernel.socket systemd-udev-trigger.service \
  systemd-modules-load.service systemd-remount-fs.service systemd-sysctl.service systemd-firstboot.service \
  systemd-hwdb-update.service systemd-pstore.service systemd-networkd-wait-online.service console-getty.service \
  getty@.service sys-kernel-debug.mount sys-kernel-tracing.mount dev-hugepages.mount dev-mqueue.mount \
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer; do
  ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
ln -sf /lib/systemd/system/multi-user.target "$root/etc/systemd/system/default.target"
mkdir -p "$root/etc/systemd/system.conf.d"
printf '[Manager]\nDefaultTimeoutStopSec=5s\n' >"$root/etc/systemd/system.conf.d/lab.conf"
# A login that waits for systemd-logind can hang for minutes on these hosts; nothing here needs a session of its own.
sed -i '/pam_systemd\.so/d' "$root/etc/pam.d/common-session"

: >"$root/etc/fstab"
rm -f "$root"/etc/ssh/ssh_host_* "$root/etc/hostname"
: >"$root/etc/machine-id"
# Without name servers a look-up fails at once instead of timing out.
printf 'options timeout:1 attempts:1\n' >"$root/etc/resolv.conf"

install -D -m 755 "base/init" "$root/usr/lib/kinit-lab/init"
install -D -m 644 "base/config.toml" "$root/etc/containerd/config.toml"
mkdir -p "$root/opt/cni" "$root/etc/cni/net.d"
ln -s /usr/lib/cni "$root/opt/cni/bin"

# This kernel has everything built in, so modprobe has to find the names among the built-ins.
modules=$root/lib/modules/$(uname -r)
mkdir -p "$modules"
for module in net/bridge/br_netfilter net/netfilter/nf_conntrack net/ipv4/netfilter/ip_tables fs/overlayfs/overlay; do
  echo "kernel/$module.ko"
done >"$modules/modules.builtin"
: >"$modules/modules.order"
depmod -b "$root" "$(uname -r)" 2>/dev/null || chroot "$root" depmod "$(uname -r)"

# An ordinary user with the password "ops"; /etc/sudoers.d says, host by host, what sudo asks of it.
chroot "$root" useradd --create-home --shell /bin/bash --groups sudo ops
echo ops:ops | chroot "$root" chpasswd
