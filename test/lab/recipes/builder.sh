#!/bin/sh
# A Debian root with what compiles Kubernetes and what the images are made of.
# builder.sh OUT SCRATCH   (apt sources on stdin)
set -eu
packages=golang-go,golang-github-modern-go-reflect2-dev,dpkg-dev,gcc,libc6-dev,make,jq,rsync
packages=$packages,etcd-server,etcd-client,iptables,conntrack,kmod,busybox-static
exec mmdebstrap --quiet --variant=apt --include="$packages" bookworm "$1" -
