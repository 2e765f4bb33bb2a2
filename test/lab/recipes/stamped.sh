#!/bin/sh
# Later versions in name: the sources of v1.20.2, stamped with other numbers. One build cache serves them all, so that a
# further one is linked and not compiled.
# stamped.sh OUT SCRATCH BUILDER VERSION...
# OUT/VERSION has the layers that kubernetes.sh makes.
set -eu
out=$1 scratch=$2 builder=$3
shift 3
mkdir "$scratch/upper" "$scratch/work" "$scratch/root"
mount -t overlay overlay -o "lowerdir=$builder,upperdir=$scratch/upper,workdir=$scratch/work" "$scratch/root"
mount -t proc proc "$scratch/root/proc"
cp /etc/resolv.conf "$scratch/root/etc/resolv.conf"

cat >"$scratch/root/unpack" <<'UNPACK'
set -eu
apt-get -q update
mkdir -p /go/src/k8s.io
cd /go/src/k8s.io
apt-get -q source --download-only kubernetes
dpkg-source --no-check -x kubernetes_*.dsc kubernetes
cd kubernetes
# As in kubernetes.sh.
rm -r vendor/github.com/modern-go/reflect2
cp -rL /usr/share/gocode/src/github.com/modern-go/reflect2 vendor/github.com/modern-go/reflect2
UNPACK
chroot "$scratch/root" sh /unpack

cat >"$scratch/root/compile" <<'COMPILE'
set -eu
export HOME=/root GOPATH=/go GO111MODULE=off CGO_ENABLED=0
cd /go/src/k8s.io/kubernetes
minor=${1#v1.}
cat >/version <<VERSION
KUBE_GIT_COMMIT=faecb196815e248d3ecfb03c680a4507229c2a56
KUBE_GIT_TREE_STATE=clean
KUBE_GIT_VERSION=$1
KUBE_GIT_MAJOR=1
KUBE_GIT_MINOR=${minor%%.*}
VERSION
programs='kubelet kubectl kubeadm kube-apiserver kube-controller-manager kube-scheduler kube-proxy'
nice make KUBE_GIT_VERSION_FILE=/version WHAT="$(printf 'cmd/%s ' $programs)"
COMPILE

made=$scratch/root/go/src/k8s.io/kubernetes/_output/local/bin/linux/amd64
for version; do
  chroot "$scratch/root" sh /compile "$version"
  layers=$out/$version
  mkdir -p "$layers/node/usr/bin" "$layers/kubeadm/usr/bin" "$layers/control-plane"
  mv "$made/kubelet" "$made/kubectl" "$layers/node/usr/bin"
  mv "$made/kubeadm" "$layers/kubeadm/usr/bin"
  for name in kube-apiserver kube-controller-manager kube-scheduler kube-proxy; do mv "$made/$name" "$layers/control-plane"; done
done
