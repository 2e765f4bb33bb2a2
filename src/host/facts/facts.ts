/** What a machine is, read in one round trip and never changed; preflight and defaults decide on it. */
export interface Facts {
  readonly hostname: string;
  readonly uid: number;
  readonly cpus: number;
  /** MiB. */
  readonly memory: number;
  /** `uname -r` and `uname -m`. */
  readonly kernel: string;
  readonly architecture: string;
  /** /etc/os-release: ID, VERSION_ID, ID_LIKE, PRETTY_NAME. */
  readonly os: {
    readonly id: string;
    readonly version: string;
    readonly like: readonly string[];
    readonly name: string;
  };
  /** PID 1 is systemd. */
  readonly systemd: boolean;
  readonly cgroup: { readonly version: 1 | 2 | undefined; readonly controllers: readonly string[] };
  /** CONFIG_* of the kernel as `y`, `m` or absent; undefined where no configuration is readable. */
  readonly kernelConfig: ReadonlyMap<string, 'y' | 'm'> | undefined;
  /** Kernel modules of interest that are loaded or built in. */
  readonly modules: readonly string[];
  readonly interfaces: readonly string[];
  readonly addresses: readonly Address[];
  readonly routes: readonly Route[];
  /** The address that the default route uses, per family; undefined where there is no route. */
  readonly defaultAddress: { readonly v4: string | undefined; readonly v6: string | undefined };
  readonly listening: readonly Listener[];
  readonly swaps: readonly string[];
  /** Swap lines of /etc/fstab that are not commented out: they come back with the next boot. */
  readonly fstabSwap: readonly string[];
  /** Programs of interest found in PATH -> their path. */
  readonly programs: ReadonlyMap<string, string>;
  /** Keyed with dots, `net.ipv4.ip_forward`; absent where the kernel has no such file. */
  readonly sysctls: ReadonlyMap<string, string>;
  /** Services of interest by name without `.service`; absent where systemd does not know them. */
  readonly services: ReadonlyMap<string, ServiceFact>;
  /** The kubelet then reads /run/systemd/resolve/resolv.conf instead of the stub. */
  readonly systemdResolved: boolean;
  /** `v1.20.2` from `kubelet --version`. */
  readonly kubeletVersion: string | undefined;
  /** Why a kubelet that is installed does not tell its version (a missing glibc symbol, for one). */
  readonly kubeletProblem: string | undefined;
  /** The CRI socket as the files of its kubelet have it; on a node alone. */
  readonly kubeletSocket?: string;
  /** The first runtime found, as kubeadm looks for them: containerd, CRI-O, cri-dockerd, docker. */
  readonly runtime: {
    /** CRI sockets that exist. */
    readonly sockets: readonly string[];
  } & Omit<Runtime, 'socket'>;
  /** Every runtime whose socket exists. */
  readonly runtimes: readonly Runtime[];
  /** Names that resolve on the host (its own hostname and all of /etc/hosts among them) -> addresses. */
  readonly resolves: ReadonlyMap<string, readonly string[]>;
  readonly proxyEnvironment: ReadonlyMap<string, string>;
  readonly selinux: 'enforcing' | 'permissive' | 'disabled';
  readonly firewalld: {
    readonly active: boolean;
    /** The zones of its interfaces, the default one among them. */
    readonly zones: readonly string[];
    /** `6443/tcp`, `30000-32767/tcp`: what the zones of its interfaces let in, by port or by service. */
    readonly ports: readonly string[];
    /** The default zone lets everything in. */
    readonly open: boolean;
    readonly masquerade: boolean;
  };
  readonly identity: { readonly machineId: string; readonly productUuid: string; readonly macs: readonly string[] };
  /** Seconds since the epoch on the host, read just before the answer was sent. */
  readonly clock: number;
  readonly timeSync: {
    /** chronyd, ntpd or systemd-timesyncd, where one is active. */
    readonly service: string | undefined;
    /** undefined where the service does not tell. */
    readonly synchronized: boolean | undefined;
  };
  /** MiB free per mount point of interest. */
  readonly diskFree: ReadonlyMap<string, number>;
  /** yum's and dnf's configured repositories. */
  readonly repositories: readonly Repository[];
  /** Files in /etc/cni/net.d. */
  readonly cniFiles: readonly string[];
  /** Files under /etc/kubernetes and the first level of /var/lib/kubelet and /var/lib/etcd. */
  readonly kubernetesFiles: readonly string[];
  /** Those of the directories with certificates that kube-apiserver mounts from the host that exist. */
  readonly caDirectories: readonly string[];
}

export interface Address {
  readonly interface: string;
  readonly address: string;
  readonly prefix: number;
}

export interface Route {
  /** A CIDR; the default route is `0.0.0.0/0` or `::/0`. */
  readonly destination: string;
  readonly interface: string;
}

export interface Listener {
  readonly address: string;
  readonly port: number;
  /** The program's name where the host tells it. */
  readonly process: string | undefined;
}

export interface ServiceFact {
  readonly active: boolean;
  readonly enabled: boolean;
}

export interface Runtime {
  /** Path of its socket, as kubeadm names it (`/var/run/containerd/containerd.sock`). */
  readonly socket: string;
  readonly name: string | undefined;
  readonly version: string | undefined;
  /** Why the runtime does not answer, where it does not. */
  readonly problem: string | undefined;
  /** `systemd` or `cgroupfs`, from the running daemon. */
  readonly cgroupDriver: string | undefined;
  /** Sandbox image of the running daemon. */
  readonly sandboxImage: string | undefined;
  /** Plugins that its effective configuration switches off (containerd). */
  readonly disabledPlugins: readonly string[];
  /** Where containerd looks for the mirrors and certificates of a registry: the first of its folders. */
  readonly registryFolder?: string;
  /** Image references that the runtime has. */
  readonly images: readonly string[];
}

export interface Repository {
  readonly file: string;
  readonly id: string;
  readonly enabled: boolean;
  /** baseurl, mirrorlist and metalink, without credentials. */
  readonly urls: readonly string[];
}
