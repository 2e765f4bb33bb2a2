/** Names that Kubernetes' proxy and the pod networks give to what they make; nothing else is ever taken for theirs. */
const links = [
  /^cni0$/,
  /^flannel(-v6)?\.\d+$/,
  /^flannel-wg(-v6)?$/,
  /^kube-(ipvs0|bridge|dummy-if)$/,
  /^nodelocaldns$/,
  /^vxlan(-v6)?\.calico$/,
  /^(wireguard|wg-v6)\.cali$/,
  /^cali[0-9a-f]{11}$/,
  /^cilium_(host|net|vxlan|geneve|wg0)$/,
  /^(weave|vethwe-.+)$/,
  /^antrea-gw\d+$/,
];
const bridges = /^(cni0|kube-bridge|weave)$/;
const ipSets = /^((inet6:)?(KUBE-|kube-router-)|cali[46]0|cilium_|weave-)/;
const nftTables = /^table (ip6?|inet) (kube-proxy|flannel-ipv[46]|calico|kube-router)$/;

/** Files in /etc/cni/net.d that a known pod network writes. */
const cniFiles =
  /^(10-flannel\.conf(list)?|10-calico\.conflist|10-canal\.conflist|calico-(kubeconfig|tls)|05-cilium(-cni)?\.conf(list)?|10-kuberouter\.conf(list)?|10-weave\.conf(list)?|10-antrea\.conflist)$/;

/** What a pod network keeps for itself on a node. */
export const networkDirectories = [
  '/run/flannel',
  '/var/lib/calico',
  '/run/calico',
  '/run/cilium',
  '/var/lib/weave',
  '/var/lib/kube-router',
  '/run/antrea',
] as const;

/** Network interfaces to delete, out of `ip -o link`: those by name, and the pods' ends on a bridge of theirs. */
export function linksOf(ipLink: string): readonly string[] {
  return linesOf(ipLink).flatMap((line) => {
    const [, name = ''] = /^\d+: ([^:@\s]+)/.exec(line) ?? [];
    const [, master = ''] = / master (\S+)/.exec(line) ?? [];
    const isPod = name.startsWith('veth') && bridges.test(master);
    return isPod || links.some((pattern) => pattern.test(name)) ? [name] : [];
  });
}

/** Addresses of tunl0, out of `ip -o addr`; the kernel's own tunnel device cannot be deleted. */
export function tunnelAddresses(ipAddress: string): readonly string[] {
  return linesOf(ipAddress).flatMap((line) => /^\d+: tunl0\s+inet6? (\S+)/.exec(line)?.[1] ?? []);
}

/** Sets to destroy, out of `ipset list -n`. */
export function ipSetsOf(names: string): readonly string[] {
  return linesOf(names).filter((name) => ipSets.test(name));
}

/** Tables to delete, out of `nft list tables`: `ip kube-proxy`. */
export function nftTablesOf(tables: string): readonly string[] {
  return linesOf(tables).flatMap((line) => (nftTables.test(line) ? [line.slice('table '.length)] : []));
}

/**
 * kube-proxy's virtual services, out of `ipvsadm-save -n`, as `-t 10.96.0.1:443`: those at an address of kube-ipvs0, and
 * node ports at any other. What another load balancer of the host serves stays.
 */
export function virtualServicesOf(saved: string, ipAddress: string): readonly string[] {
  const own = new Set(
    linesOf(ipAddress).flatMap((line) => /^\d+: kube-ipvs0\s+inet6? ([^/\s]+)/.exec(line)?.[1] ?? []),
  );
  if (own.size === 0) return [];
  return linesOf(saved).flatMap((line) => {
    const [, service, address = '', port] = /^-A (-[tu] \[?([^\s\]]+?)\]?:(\d+))(?: |$)/.exec(line) ?? [];
    const isNodePort = Number(port) >= 30000 && Number(port) <= 32767;
    return service !== undefined && (own.has(address) || isNodePort) ? [service] : [];
  });
}

/** Whether a known pod network wrote this file of /etc/cni/net.d. */
export function isKnownCniFile(name: string): boolean {
  return cniFiles.test(name);
}

function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
}
