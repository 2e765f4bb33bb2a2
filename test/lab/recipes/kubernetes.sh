#!/bin/sh
# Kubernetes v1.20.2 from Debian's source package, by the tree's own make.
# kubernetes.sh OUT SCRATCH BUILDER
# OUT/node and OUT/kubeadm are layers of a host's root, OUT/control-plane goes into images.
set -eu
out=$1 scratch=$2 builder=$3
mkdir "$scratch/upper" "$scratch/work" "$scratch/root"
mount -t overlay overlay -o "lowerdir=$builder,upperdir=$scratch/upper,workdir=$scratch/work" "$scratch/root"
mount -t proc proc "$scratch/root/proc"
cp /etc/resolv.conf "$scratch/root/etc/resolv.conf"

cat >"$scratch/root/compile" <<'COMPILE'
set -eu
export HOME=/root GOPATH=/go GO111MODULE=off CGO_ENABLED=0
apt-get -q update
mkdir -p /go/src/k8s.io
cd /go/src/k8s.io
apt-get -q source --download-only kubernetes
dpkg-source --no-check -x kubernetes_*.dsc kubernetes
cd kubernetes

# reflect2 1.0.1 as vendored reads the runtime's internals, which changed with Go 1.18: whatever encodes a map crashes.
rm -r vendor/github.com/modern-go/reflect2
cp -rL /usr/share/gocode/src/github.com/modern-go/reflect2 vendor/github.com/modern-go/reflect2

cat >/version <<VERSION
KUBE_GIT_COMMIT=faecb196815e248d3ecfb03c680a4507229c2a56
KUBE_GIT_TREE_STATE=clean
KUBE_GIT_VERSION=v1.20.2
KUBE_GIT_MAJOR=1
KUBE_GIT_MINOR=20
VERSION
programs='kubelet kubectl kubeadm kube-apiserver kube-controller-manager kube-scheduler kube-proxy'
nice make KUBE_GIT_VERSION_FILE=/version WHAT="$(printf 'cmd/%s ' $programs)"
COMPILE
chroot "$scratch/root" sh /compile

made=$scratch/root/go/src/k8s.io/kubernetes/_output/local/bin/linux/amd64
mkdir -p "$out/node/usr/bin" "$out/kubeadm/usr/bin" "$out/control-plane"
cp "$made/kubelet" "$made/kubectl" "$out/node/usr/bin"
cp "$made/kubeadm" "$out/kubeadm/usr/bin"
cp "$made/kube-apiserver" "$made/kube-controller-manager" "$made/kube-scheduler" "$made/kube-proxy" "$out/control-plane"
