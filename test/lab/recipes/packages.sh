#!/bin/sh
# RPM repositories as a web server has them: OUT/kubernetes (with containerd.io and docker), OUT/<CentOS>/... (the distribution's).
# OUT/present: packages without files that a bare CentOS has. OUT/RPM-GPG-KEY: the key that all of them are signed with.
# packages.sh OUT SCRATCH BASE KUBERNETES MACRO=VALUE...   (versions and releases of the packages)
set -eu
out=$1 scratch=$2 base=$3 kubernetes=$4
shift 4
root=$scratch/root
mkdir "$scratch/upper" "$scratch/work" "$root"
mount -t overlay overlay -o "lowerdir=$base,upperdir=$scratch/upper,workdir=$scratch/work" "$root"
mount -t proc proc "$root/proc"
mount --bind /etc/resolv.conf "$root/etc/resolv.conf"
chroot "$root" apt-get -q update
chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends createrepo-c gpg gpg-agent
mkdir "$root/docker"
chroot "$root" sh -ec 'cd /tmp; apt-get -q download docker.io tini; for file in *.deb; do dpkg-deb -x "$file" /docker; done'

mkdir "$root/base" "$root/kubernetes" "$root/out"
mount --bind "$base" "$root/base"
mount --bind "$kubernetes" "$root/kubernetes"
mount --bind "$out" "$root/out"
cp -r packages "$root/sources"
cp kubeadm/crictl "$root/sources"

# empty_spec NAME LIST: a package without files for every name in the list.
empty_spec() {
  printf 'Name: %s\nVersion: 1\nRelease: 1\nSummary: In name only\nLicense: Apache-2.0\nBuildArch: noarch\n' "$1"
  printf '%%description\n'
  while read -r name; do
    printf '%%package -n %s\nSummary: In name only\n%s\n' "$name" "$(provides "$name")"
    printf '%%description -n %s\nDebian brings the files.\n%%files -n %s\n' "$name" "$name"
  done <"$2"
}

provides() {
  case $1 in
    bash) echo 'Provides: /bin/sh /bin/bash' ;;
    glibc) provided_by ld-linux-x86-64.so.2 libc.so.6 libdl.so.2 libm.so.6 libpthread.so.0; echo 'Provides: rtld(GNU_HASH)' ;;
    libgcc) provided_by libgcc_s.so.1 ;;
    libstdc++) provided_by libstdc++.so.6 ;;
    iptables-nft) echo 'Provides: iptables = 1.8.9 ebtables' ;;
    container-selinux) echo 'Epoch: 2
Version: 2.232.1' ;;
  esac
}

# Debian's, which are there in the place of CentOS'.
provided_by() {
  for library; do
    chroot "$root" /usr/lib/rpm/elfdeps --provides "/lib/x86_64-linux-gnu/$library" | sed 's/^/Provides: /'
  done
}
empty_spec lab-present packages/present >"$root/sources/present.spec"
empty_spec lab-offered packages/offered >"$root/sources/offered.spec"

# containerd and runc: Debian's, but for what was given.
mkdir -p "$root/runtime/usr/bin" "$root/runtime/usr/sbin"
for program in bin/containerd bin/containerd-shim-runc-v2 bin/ctr sbin/runc; do
  given=$kubernetes/runtime/usr/$program
  [ -e "$given" ] || given=$base/usr/$program
  cp "$given" "$root/runtime/usr/$program"
done
for macro; do printf '%%%s %s\n' "${macro%%=*}" "${macro#*=}"; done >"$root/root/.rpmmacros"

cat >"$root/build" <<'BUILD'
set -eu
export HOME=/root GPG_TTY=
built=/root/rpmbuild/RPMS
build() { rpmbuild --quiet -bb --define 'base /base' --define 'kubernetes /kubernetes' --define 'docker /docker' \
  --define 'runtime /runtime' --define 'sources /sources' "$@"; }
build --define "_rpmdir $built/real" /sources/packages.spec
build --define "_rpmdir $built/newer" /sources/newer.spec
build --define "_rpmdir $built/present" /sources/present.spec
build --define "_rpmdir $built/offered" /sources/offered.spec

gpg --quiet --batch --passphrase '' --quick-generate-key 'The lab <lab@kinit.dev>' rsa2048 sign never
gpg --armor --export >/out/RPM-GPG-KEY
find "$built" -name '*.rpm' -exec rpmsign --define '__gpg /usr/bin/gpg' --define '_gpg_name The lab' --addsign {} + >/dev/null

mkdir -p /out/present /out/kubernetes /out/distribution
cp "$built"/present/*/*.rpm /out/present
cp "$built"/present/*/*.rpm "$built"/offered/*/*.rpm /out/distribution
for name in conntrack-tools socat iproute-tc centos-stream-release centos-release; do
  mv "$built"/real/*/$name-[0-9]*.rpm /out/distribution
done
mv "$built"/real/*/*.rpm "$built"/newer/*/*.rpm /out/kubernetes
for repository in kubernetes distribution; do
  createrepo_c --quiet /out/$repository
  gpg --quiet --batch --armor --detach-sign /out/$repository/repodata/repomd.xml
done
BUILD
chroot "$root" sh /build
