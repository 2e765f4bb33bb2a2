import type { LabHost } from '../lab/host.ts';

/** Nothing of any run is left on the host: no temporary file, no lock, no upload. A line for each that is. */
export async function leftBehind(host: LabHost): Promise<readonly string[]> {
  return lines(host, leftovers);
}

const leftovers = String.raw`
find / /run /dev/shm /tmp /var/lib/containerd -xdev \( -path /proc -o -path /sys \) -prune -o -name '.kinit-*' -printf 'temporary %p\n' 2>/dev/null
for lock in /run/kinit/* /run/kinit/.[!.]*; do [ ! -e "$lock" ] || echo "lock $lock $(head -c 300 "$lock")"; done
find /var/lib/kinit -type f \( -name '*.tar' -o -name '*.part*' \) -printf 'upload %p\n' 2>/dev/null
:`;

/** Every certificate has the key beside it, is of the CA beside it, and so in kubeconfigs. A line for each that has not. */
export async function unpaired(host: LabHost): Promise<readonly string[]> {
  return lines(host, pairs);
}

const pairs = `
same() { [ -n "$2" ] && [ "$2" = "$3" ] || echo "not a pair: $1"; }
public() { openssl x509 -noout -pubkey 2>&1; }
private() { openssl pkey -pubout 2>&1; }
cd /etc/kubernetes 2>/dev/null || exit 0
for certificate in pki/*.crt pki/etcd/*.crt; do
  key=\${certificate%.crt}.key
  if [ -e "$certificate" ] && [ -e "$key" ]; then
    same "$certificate" "$(public <"$certificate")" "$(private <"$key")"
    case $certificate in
      */ca.crt | */front-proxy-ca.crt) continue ;;
      *front-proxy-client.crt) ca=pki/front-proxy-ca.crt ;;
      */etcd/* | *etcd-client.crt) ca=pki/etcd/ca.crt ;;
      *) ca=pki/ca.crt ;;
    esac
    openssl verify -CAfile "$ca" "$certificate" >/dev/null 2>&1 || echo "not of $ca: $certificate"
  fi
done
[ ! -e pki/sa.pub ] || same pki/sa.pub "$(cat pki/sa.pub)" "$(private <pki/sa.key)"
datum() { sed -n "s/^ *$1: *//p" "$2" | base64 -d; }
for conf in *.conf; do
  grep -q client-certificate-data "$conf" 2>/dev/null || continue
  same "$conf" "$(datum client-certificate-data "$conf" | public)" "$(datum client-key-data "$conf" | private)"
done
own=/var/lib/kubelet/pki/kubelet-client-current.pem
[ ! -e $own ] || same $own "$(public <$own)" "$(private <$own)"`;

/** All nodes are Ready and no token is left but the one that init makes for its user. A line for what is not so. */
export async function amiss(controlPlane: LabHost, nodes: readonly string[]): Promise<readonly string[]> {
  return lines(controlPlane, cluster, nodes.join(' '));
}

const cluster = String.raw`
export KUBECONFIG=/etc/kubernetes/admin.conf
# A host whose power was cut a moment ago has to start first.
left=300
until kubectl get --raw /readyz >/dev/null 2>&1 || [ $left = 0 ]; do left=$((left - 1)); sleep 2; done
kubectl wait --for=condition=Ready nodes --all --timeout=900s 2>&1 >/dev/null | sed 's/^/not Ready: /'
have=$(kubectl get nodes -o name | sed 's|node/||' | sort | xargs)
[ "$have" = "$1" ] || echo "nodes: $have, not $1"
tokens=$(kubectl -n kube-system get secrets --field-selector type=bootstrap.kubernetes.io/token -o name | wc -l)
[ "$tokens" -le 1 ] || echo "$tokens tokens"
kubectl -n kube-system get secrets --field-selector type=bootstrap.kubernetes.io/token -o jsonpath='{range .items[*]}{.metadata.name} {.data.description}{"\n"}{end}' |
  while read -r name description; do
    case $(echo "$description" | base64 -d) in *'for one run'*) echo "token of a run: $name" ;; esac
  done`;

/** Nothing of a node is on the host. A line for each that is. */
export async function nodeLeft(host: LabHost): Promise<readonly string[]> {
  return lines(host, node);
}

const node = `
find /etc/kubernetes /var/lib/etcd /var/lib/kubelet -mindepth 1 -not -type d 2>/dev/null | sed 's/^/file /'
! command -v ctr >/dev/null || ctr -n k8s.io containers ls -q | sed 's/^/container /'
ps -e -o comm= | grep -E '^(kube|etcd|coredns|pause)' | sed 's/^/process /'
:`;

async function lines(host: LabHost, script: string, ...argv: readonly string[]): Promise<readonly string[]> {
  const { code, stdout, stderr } = await host.run(['sh', '-c', script, 'sh', ...argv], { timeout: 1800 });
  const found = stdout.split('\n').filter(Boolean);
  return [...(code === 0 ? found : [...found, `exit ${code}: ${stderr.trim()}`])].map(
    (line) => `${host.name}: ${line}`,
  );
}
