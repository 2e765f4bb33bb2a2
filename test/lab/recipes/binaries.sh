#!/bin/sh
# Kubernetes from a folder of programs, laid out as kubernetes.sh does; and OUT/runtime, a layer over the base: containerd
# and runc where they are given, and containerd's configuration.
# binaries.sh OUT SCRATCH FOLDER CONFIG PAUSE STAMP...
set -eu
out=$1 folder=$3 config=$4 pause=$5
take() { mkdir -p "$out/$1" && cp -L "$folder/$2" "$out/$1/$2" && chmod 755 "$out/$1/$2"; }

for program in kubelet kubectl; do take node/usr/bin $program; done
take kubeadm/usr/bin kubeadm
for program in kube-apiserver kube-controller-manager kube-scheduler kube-proxy etcd; do take control-plane $program; done
for program in etcdctl etcdutl; do [ ! -e "$folder/$program" ] || take control-plane $program; done

for program in containerd containerd-shim-runc-v2 ctr; do [ ! -e "$folder/$program" ] || take runtime/usr/bin $program; done
[ ! -e "$folder/runc" ] || take runtime/usr/sbin runc
mkdir -p "$out/runtime/etc/containerd"
sed "s|\(sandbox[a-z_]* = \)\".*\"|\1\"$pause\"|" "$config" >"$out/runtime/etc/containerd/config.toml"
