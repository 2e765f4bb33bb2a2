import { etcdDirectory, kubeletDirectory, kubernetesDirectory } from '../../release/paths.ts';

/** Kernel options that some release's preflight asks for; a test holds them against the release table. */
export const kernelOptions = [
  'NAMESPACES NET_NS PID_NS IPC_NS UTS_NS CGROUPS CGROUP_BPF CGROUP_CPUACCT CGROUP_DEVICE CGROUP_FREEZER CGROUP_PIDS',
  'CGROUP_SCHED CPUSETS MEMCG INET EXT4_FS PROC_FS NETFILTER_XT_TARGET_REDIRECT IP_NF_TARGET_REDIRECT',
  'NETFILTER_XT_MATCH_COMMENT FAIR_GROUP_SCHED OVERLAY_FS OVERLAYFS_FS AUFS_FS BLK_DEV_DM CFS_BANDWIDTH CGROUP_HUGETLB',
  'SECCOMP SECCOMP_FILTER',
].flatMap((line) => line.split(' '));

const programs = [
  'conntrack cp crictl ebtables ethtool ip iptables losetup mount nsenter socat tc touch modprobe',
  'kubelet kubectl kubeadm containerd ctr runc docker podman crio cri-dockerd createrepo_c createrepo chronyc firewall-cmd nft ipvsadm yum dnf systemctl',
].join(' ');

const services = [
  'kubelet containerd docker crio cri-docker firewalld chronyd ntpd systemd-timesyncd systemd-resolved NetworkManager',
].flatMap((line) => line.split(' '));

/**
 * One POSIX sh script that tells what a machine is: `@section` lines followed by their content, indented by a space,
 * for parseFacts. It changes nothing, asks no network but the host's own resolver, bounds each probe in time, and needs
 * nothing that CentOS 7 does not bring. Configuration files that may hold passwords are filtered on the host. A hundred
 * hosts are often one machine, so it starts few programs: what the shell can do, the shell does.
 */
export function factsScript(): string {
  return script
    .replaceAll('KUBERNETES_DIRECTORY', kubernetesDirectory)
    .replaceAll('KUBELET_DIRECTORY', kubeletDirectory)
    .replaceAll('ETCD_DIRECTORY', etcdDirectory)
    .replace('KERNEL_OPTIONS', kernelOptions.join('|'))
    .replace('PROGRAMS', programs)
    .replace('SERVICES', services.map((name) => `${name}.service`).join(' '));
}

const script = String.raw`{
LC_ALL=C; export LC_ALL
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
has() { command -v "$1" >/dev/null 2>&1; }
mark=$(printf '\001')
section() { printf '\n%s@%s\n' "$mark" "$1"; shift; "$@" 2>/dev/null; }
indented() { sed -e "s/^$mark@/@/" -e t -e 's/^/ /'; }
# within SECONDS PROGRAM...: and says so where it did not end; a busy host or a cold disk takes its time.
within() {
  limit=$1; shift
  timeout "$limit" "$@"
  code=$?
  [ $code != 124 ] || echo "$1 did not answer within $limit s"
  return $code
}
first_line() { line=; if [ -r "$1" ]; then read -r line < "$1"; fi; }

set -- $(uname -nrm)
hostname=$1 release=$2 architecture=$3

machine() {
  echo "hostname=$hostname"
  echo "kernel=$release"
  echo "architecture=$architecture"
  echo "uid=$(id -u)"
  echo "cpus=$(nproc || grep -c ^processor /proc/cpuinfo)"
  read -r _ memory _ < /proc/meminfo && echo "memory=$memory"
  if [ -d /run/systemd/system ]; then echo systemd=yes; fi
  first_line /etc/machine-id; echo "machineId=$line"
  first_line /sys/class/dmi/id/product_uuid; echo "productUuid=$line"
  first_line /sys/fs/selinux/enforce; echo "selinux=$line"
}
cgroups() {
  if [ -r /sys/fs/cgroup/cgroup.controllers ]; then
    echo version 2; echo devices; tr ' ' '\n' < /sys/fs/cgroup/cgroup.controllers
    for f in /sys/fs/cgroup/*/cgroup.freeze; do if [ -e "$f" ]; then echo freezer; break; fi; done
  elif grep -q ' cgroup ' /proc/mounts; then
    echo version 1; awk '!/^#/ && $4 != "0" { print $1 }' /proc/cgroups
  fi
}
kernel_config() {
  r=$release
  for f in /proc/config.gz "/boot/config-$r" "/usr/src/linux-$r/.config" /usr/src/linux/.config \
    "/usr/lib/modules/$r/config" "/usr/lib/ostree-boot/config-$r" "/usr/lib/kernel/config-$r" \
    "/usr/src/linux-headers-$r/.config" "/lib/modules/$r/build/.config"; do
    if [ -r "$f" ]; then
      echo "# $f"
      case $f in *.gz) gzip -dc "$f" | known_options ;; *) known_options "$f" ;; esac
      return
    fi
  done
}
known_options() {
  grep -E '^CONFIG_(KERNEL_OPTIONS)=[ym]' "$@"
}
modules() {
  for m in br_netfilter overlay nf_conntrack ip_vs ip_tables nf_tables; do [ -d "/sys/module/$m" ] && echo "$m"; done
}
interfaces() (
  cd /sys/class/net || return
  for name in *; do
    [ -e "$name/address" ] || continue
    first_line "$name/address"
    if [ -e "$name/device" ]; then echo "$name $line device"; else echo "$name $line"; fi
  done
)
addresses() { ip -o addr show; }
routes() { ip -4 -o route show | sed 's/^/4 /'; ip -6 -o route show | sed 's/^/6 /'; }
listening() {
  awk '$4 == "0A" { print $2 }' /proc/net/tcp /proc/net/tcp6
  has ss && timeout 10 ss -ltnp | sed -n 's/.*:\([0-9][0-9]*\) .*users:(("\([^"]*\)".*/process \1 \2/p'
}
fstab() { awk '$1 !~ /^#/ && $3 == "swap"' /etc/fstab; }
programs() { for p in PROGRAMS; do if has "$p"; then printf '%s ' "$p"; command -v "$p"; fi; done; }
sysctls() (
  cd /proc/sys || return
  grep -s . net/bridge/bridge-nf-call-iptables net/bridge/bridge-nf-call-ip6tables net/ipv4/ip_forward \
    net/ipv6/conf/default/forwarding net/ipv6/conf/all/forwarding vm/overcommit_memory kernel/panic \
    kernel/panic_on_oops vm/panic_on_oom net/ipv4/conf/all/rp_filter fs/inotify/max_user_instances | sed 's/:/ /'
)
services() { timeout 10 systemctl show -p Id -p LoadState -p ActiveState -p UnitFileState SERVICES; }
hosts() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' /etc/hosts; }
lookup() { timeout 3 getent ahosts "$hostname"; }
proxies() { env | grep -iE '^(http_proxy|https_proxy|no_proxy|all_proxy)='; }
firewalld() {
  zone=$(sed -n 's/^DefaultZone=//p' /etc/firewalld/firewalld.conf)
  [ -z "$zone" ] || echo "default $zone"
  for f in /etc/firewalld/zones/*.xml "/usr/lib/firewalld/zones/$zone.xml"; do
    [ -r "$f" ] || continue
    echo "zone $f"
    grep -oE '<(zone[^>]*target|port |service |masquerade|interface |source )[^>]*>' "$f"
  done
}
time_sync() {
  if has chronyc; then timeout 5 chronyc -n tracking | grep -E '^(Leap status|System time)'; fi
  if [ -e /run/systemd/timesync/synchronized ]; then echo timesyncd; fi
}
disk() {
  set --
  for d in / /var /var/lib KUBELET_DIRECTORY /var/lib/containerd /var/lib/docker ETCD_DIRECTORY /run /tmp; do
    if [ -d "$d" ]; then set -- "$@" "$d"; fi
  done
  timeout 10 df -Pk "$@" | awk 'NR > 1 && !seen[$6]++ { print $4, $6 }'
}
repositories() {
  for f in /etc/yum.repos.d/*.repo; do
    [ -r "$f" ] || continue
    echo "file $f"
    grep -E '^[[:space:]]*(\[|(baseurl|mirrorlist|metalink|enabled)[[:space:]]*=|https?://)' "$f" |
      sed -E 's#://[^/@ ]*@#://#g'
  done
}
cni() { ls /etc/cni/net.d; }
kubernetes_files() {
  find KUBERNETES_DIRECTORY -maxdepth 4 '(' -type f -o -type l ')' | head -n 200
  find KUBELET_DIRECTORY ETCD_DIRECTORY -maxdepth 1 -mindepth 1 | head -n 100
}
ca_directories() {
  for d in /etc/pki /etc/pki/ca-trust /etc/pki/tls/certs /etc/ca-certificates /usr/share/ca-certificates \
    /usr/local/share/ca-certificates; do [ -d "$d" ] && echo "$d"; done
}
kubelet_socket() {
  grep -ohE 'container-runtime-endpoint=[^" ]+|^containerRuntimeEndpoint: *[^ ]+' \
    KUBELET_DIRECTORY/instance-config.yaml KUBELET_DIRECTORY/kubeadm-flags.env
}
kubelet_version() { if has kubelet; then within 20 kubelet --version 2>&1 | head -n 3; fi; }

crictl_probe() {
  if out=$(within 10 crictl -r "unix://$1" -t 10s version 2>&1); then
    echo "$out" | sed -n 's/^RuntimeName: */name /p; s/^RuntimeVersion: */version /p'
    # Neither registry passwords nor anything else of the configuration leaves the host.
    timeout 10 crictl -r "unix://$1" -t 10s info | awk '
      /"conditions"/ { on = 1 } on { print "info " $0 } on && /\]/ { on = 0 }
      /"runc": *\{/ { runc = 1 }
      runc && /"SystemdCgroup"/ { print "info " $0; runc = 0 }
      /"sandboxImage"/ { print "info " $0 }'
    timeout 10 crictl -r "unix://$1" -t 10s images | awk 'NR > 1 && $2 != "<none>" { print "image " $1 ":" $2 }'
  else
    echo "$out" | tail -n 1 | sed 's/^/problem /'
  fi
}
ctr_probe() {
  if out=$(within 10 ctr -a "$1" version 2>&1); then
    echo "name containerd"
    echo "$out" | awk '/^Server/ { on = 1 } on && /Version:/ { print "version " $2; exit }'
    timeout 10 ctr -a "$1" plugins ls | awk '$2 == "cri" && $NF != "ok" { print "problem CRI plugin: " $NF }'
    timeout 10 ctr -a "$1" -n k8s.io images ls -q | sed 's/^/image /'
  else
    echo "$out" | tail -n 1 | sed 's/^/problem /'
  fi
}
docker_probe() {
  if out=$(within 10 docker info --format 'version {{.ServerVersion}}|driver {{.CgroupDriver}}|storage {{.Driver}}' 2>&1); then
    echo "name docker"
    echo "$out" | tail -n 1 | tr '|' '\n'
    timeout 10 docker images --format 'image {{.Repository}}:{{.Tag}}' | grep -v '<none>'
  else
    echo "$out" | tail -n 1 | sed 's/^/problem /'
  fi
}
containerd_config() {
  has containerd || return
  # Without a file containerd runs on its defaults, which dump does not tell.
  if [ -e /etc/containerd/config.toml ]; then told=dump; else told=default; fi
  timeout 10 containerd config "$told" | awk '
    /^[ \t]*\[/ { header = $0; next }
    /^[ \t]*(disabled_plugins|sandbox_image|sandbox|SystemdCgroup|default_runtime_name|config_path)[ \t]*=/ {
      if (header != "") print "config " header
      header = ""; print "config " $0
    }'
}
crio_config() {
  has crio && timeout 10 crio config | sed -n 's/^\(cgroup_manager\|pause_image\) *= */crio \1 /p'
}
runtimes() {
  for s in /var/run/containerd/containerd.sock /var/run/crio/crio.sock /var/run/cri-dockerd.sock /var/run/docker.sock; do
    [ -S "$s" ] || continue
    echo "socket $s"
    case $s in
      */docker.sock) has docker && docker_probe ;;
      */containerd.sock)
        containerd_config | {
          if has crictl; then crictl_probe "$s"; elif has ctr; then ctr_probe "$s"; fi </dev/null
          cat
        } ;;
      */crio.sock) if has crictl; then crictl_probe "$s"; else echo "name cri-o"; fi; crio_config ;;
      *) if has crictl; then crictl_probe "$s"; fi ;;
    esac
  done
}

echo '@facts 1'
{
# Other programs take longest to answer: they are asked beside the rest, and told behind it.
section kubelet kubelet_version </dev/null | {
  section runtimes runtimes </dev/null | {
    {
      section machine machine
      section os-release cat /etc/os-release
      section cgroups cgroups
      section kernel-config kernel_config
      section modules modules
      section interfaces interfaces
      section addresses addresses
      section routes routes
      section listening listening
      section swaps cat /proc/swaps
      section fstab fstab
      section programs programs
      section sysctls sysctls
      section services services
      section hosts hosts
      section lookup lookup
      section proxies proxies
      section firewalld firewalld
      section time-sync time_sync
      section disk disk
      section repositories repositories
      section cni cni
      section kubernetes-files kubernetes_files
      section ca-directories ca_directories
      section kubelet-socket kubelet_socket
    } </dev/null
    cat
  }
  cat
}
section clock date +%s.%N
} | indented
echo '@end'
} </dev/null
`;
