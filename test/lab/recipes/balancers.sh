#!/bin/sh
# The images of load balancers, as docker-archive tars: Debian's programs under the tags that kinit names.
# balancers.sh OUT SCRATCH HAPROXY KEEPALIVED KUBE_VIP   (apt sources on stdin)
set -eu
out=$1 scratch=$2 haproxy=$3 keepalived=$4 kube_vip=$5
root=$scratch/root
mmdebstrap --quiet --variant=apt --include=haproxy,keepalived,curl,iproute2,iputils-arping bookworm "$root" -
. recipes/pack.sh

with_libraries haproxy /usr/sbin/haproxy
pack_as haproxy "\"$haproxy\"" '"haproxy"'

with_libraries keepalived '/usr/sbin/keepalived /usr/bin/curl /bin/dash /usr/bin/id'
ln -s dash "$(files keepalived)/bin/sh"
mkdir -p "$(files keepalived)/etc" "$(files keepalived)/run"
cp "$root/etc/passwd" "$root/etc/group" "$(files keepalived)/etc"
pack_as keepalived "\"$keepalived\"" '"keepalived"'

# No package of Debian's: a script in its place.
with_libraries kube-vip '/usr/bin/curl /usr/bin/dash /usr/bin/sed /usr/bin/base64 /usr/bin/date /usr/bin/mktemp /usr/bin/sleep /usr/bin/ip /usr/bin/arping'
ln -s usr/bin "$(files kube-vip)/bin"
ln -s dash "$(files kube-vip)/usr/bin/sh"
install balancers/kube-vip.sh "$(files kube-vip)/kube-vip"
pack_as kube-vip "\"$kube_vip\"" '"/kube-vip"'

# For whoever wants to know whether a configuration is one.
install -d "$out/programs"
cp -a "$scratch/files/haproxy" "$scratch/files/keepalived" "$out/programs"
