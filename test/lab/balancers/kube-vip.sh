#!/bin/sh
# kube-vip's part as far as its kubeconfig matters: reads that once, has the address as long as it renews its Lease by it.
set -u
server=https://kubernetes:6443
leases=/apis/coordination.k8s.io/v1/namespaces/$cp_namespace/leases
own=$(mktemp -d)
for field in certificate-authority client-certificate client-key; do
  sed -n "s/^ *$field-data: *//p" /etc/kubernetes/admin.conf | base64 -d >"$own/$field"
done

ask() {
  curl -sf -m 2 --cacert "$own/certificate-authority" --cert "$own/client-certificate" --key "$own/client-key" "$@"
}
now() { date -u +%Y-%m-%dT%H:%M:%S.%6NZ; }
field() { printf '%s\n' "$found" | sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" | sed q; }
# write HOLDER: only if nobody wrote meanwhile.
write() {
  ask -o /dev/null -X PATCH -H 'Content-Type: application/merge-patch+json' "$server$leases/$vip_leasename" -d "
    {\"metadata\":{\"resourceVersion\":\"$(field resourceVersion)\"},\"spec\":{
      \"holderIdentity\":\"$1\",\"leaseDurationSeconds\":$vip_leaseduration,\"renewTime\":\"$(now)\"}}"
}
renew() {
  found=$(ask "$server$leases/$vip_leasename") || return
  holder=$(field holderIdentity)
  renewed=$(date -d "$(field renewTime)" +%s 2>/dev/null || echo 0)
  case $holder in
    '' | "$vip_nodename") ;;
    *) [ $(($(date +%s) - renewed)) -ge "$vip_leaseduration" ] || return ;;
  esac
  write "$vip_nodename"
}
# Gives the Lease back, so that another one need not wait for its end.
leave() {
  ip address del "$address/$vip_subnet" dev "$vip_interface" 2>/dev/null
  [ "$last" = 0 ] || ! found=$(ask "$server$leases/$vip_leasename") || [ "$(field holderIdentity)" != "$vip_nodename" ] ||
    write ''
  exit "$1"
}

last=0
trap 'leave 0' TERM INT
ip address del "$address/$vip_subnet" dev "$vip_interface" 2>/dev/null
while :; do
  ask -o /dev/null -X POST -H 'Content-Type: application/json' "$server$leases" -d "
    {\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\",\"metadata\":{\"name\":\"$vip_leasename\"},\"spec\":{}}"
  while renew; do
    last=$(date +%s)
    ! ip address add "$address/$vip_subnet" dev "$vip_interface" 2>/dev/null ||
      arping -q -c 1 -A -I "$vip_interface" "$address"
    sleep "$vip_retryperiod" & wait $!
  done
  [ "$last" = 0 ] || [ $(($(date +%s) - last)) -lt "$vip_renewdeadline" ] || leave 1
  sleep "$vip_retryperiod" & wait $!
done
