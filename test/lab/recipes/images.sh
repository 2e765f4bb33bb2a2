#!/bin/sh
# The images of Kubernetes under the names given, and one for pods, as docker-archive tars, OUT/<name>.tar.
# images.sh OUT SCRATCH BUILDER KUBERNETES IMAGE...
set -eu
out=$1 scratch=$2 builder=$3 kubernetes=$4
root=$scratch/root
shift 4
images=$(printf '%s\n' "$@")
mkdir "$scratch/upper" "$scratch/work" "$root"
mount -t overlay overlay -o "lowerdir=$builder,upperdir=$scratch/upper,workdir=$scratch/work" "$root"
mount -t proc proc "$root/proc"
. recipes/pack.sh

main() {
  for program in kube-apiserver kube-controller-manager kube-scheduler; do
    install -D "$kubernetes/control-plane/$program" "$(files $program)/usr/local/bin/$program"
    pack $program "\"$program\""
  done

  install -D "$kubernetes/control-plane/kube-proxy" "$(files kube-proxy)/usr/local/bin/kube-proxy"
  # Every extension and its libraries: without libxt_statistic's libm, services of several endpoints are silently lost.
  with_libraries kube-proxy '/usr/sbin/xtables-*-multi /usr/sbin/conntrack /usr/bin/kmod /usr/lib/*/xtables/*.so'
  for name in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do
    ln -s xtables-nft-multi "$(files kube-proxy)/usr/sbin/$name"
  done
  ln -s ../bin/kmod "$(files kube-proxy)/usr/sbin/modprobe"
  mkdir -p "$(files kube-proxy)/run"
  pack kube-proxy '"kube-proxy"'

  # Debian's, unless others were given.
  for program in etcd etcdctl etcdutl; do
    [ ! -e "$kubernetes/control-plane/$program" ] || cp "$kubernetes/control-plane/$program" "$root/usr/bin/$program"
  done
  with_libraries etcd '/usr/bin/etcd /usr/bin/etcd?tl'
  pack etcd '"etcd"'

  compile_c pause pause/pause && pack pause '"/pause"'
  compile_go coredns-stand-in coredns/coredns && pack coredns '"/coredns"'

  compile_go page nginx/nginx
  compile_go ask nginx/bin/ask
  install -D "$root/bin/busybox" "$(files nginx)/bin/busybox"
  for name in sh ls cat wget ip ping sleep hostname nslookup; do ln -s busybox "$(files nginx)/bin/$name"; done
  pack_as nginx '"docker.io/library/nginx:1.19","docker.io/library/nginx:latest"' '"/nginx"'
}

# compile_c SOURCE IMAGE/PATH
compile_c() {
  cp "images/$1.c" "$root/tmp"
  chroot "$root" gcc -Os -static -o "/tmp/$1" "/tmp/$1.c"
  install -D -s "$root/tmp/$1" "$(files "${2%%/*}")/${2#*/}"
}

# compile_go SOURCE IMAGE/PATH
compile_go() {
  cp "images/$1.go" "$root/tmp"
  chroot "$root" env HOME=/tmp GO111MODULE=off CGO_ENABLED=0 go build -ldflags=-s -o "/tmp/$1" "/tmp/$1.go"
  install -D "$root/tmp/$1" "$(files "${2%%/*}")/${2#*/}"
}

# pack NAME ENTRYPOINT: under the name given and in the mirror of Aliyun that so many clusters pull from.
pack() {
  own=$(echo "$images" | grep "/$1:")
  pack_as "$1" "\"$own\",\"registry.aliyuncs.com/google_containers/$1:${own##*:}\"" "$2"
}

main
