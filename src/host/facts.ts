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
  readonly os: { readonly id: string; readonly version: string; readonly like: readonly string[]; readonly name: string };
  /** PID 1 is systemd. */
  readonly systemd: boolean;
  readonly cgroup: { readonly version: 1 | 2 | undefined; readonly controllers: readonly string[] };
  /** CONFIG_* of the kernel as `y`, `m` or absent; undefined where no configuration is readable. */
  readonly kernelConfig: ReadonlyMap<string, 'y' | 'm'> | undefined;
  readonly addresses: readonly Address[];
  readonly routes: readonly Route[];
  /** The address that the default route uses, per family; undefined where there is no route. */
  readonly defaultAddress: { readonly v4: string | undefined; readonly v6: string | undefined };
  readonly listening: readonly Listener[];
  readonly swaps: readonly string[];
  /** Programs of interest found in PATH -> their path. */
  readonly programs: ReadonlyMap<string, string>;
  readonly sysctls: ReadonlyMap<string, string>;
  /** `v1.20.2` from `kubelet --version`. */
  readonly kubeletVersion: string | undefined;
  readonly runtime: {
    /** CRI sockets that exist. */
    readonly sockets: readonly string[];
    readonly name: string | undefined;
    readonly version: string | undefined;
    /** Why the runtime does not answer, where it does not. */
    readonly problem: string | undefined;
    /** `systemd` or `cgroupfs`, from the running daemon. */
    readonly cgroupDriver: string | undefined;
    /** Sandbox image of the running daemon. */
    readonly sandboxImage: string | undefined;
    /** Image references that the runtime has. */
    readonly images: readonly string[];
  };
  /** Names that resolve on the host (its own hostname among them) -> addresses. */
  readonly resolves: ReadonlyMap<string, readonly string[]>;
  readonly proxyEnvironment: ReadonlyMap<string, string>;
  readonly selinux: 'enforcing' | 'permissive' | 'disabled';
  readonly firewalld: { readonly active: boolean; readonly ports: readonly string[] };
  readonly identity: { readonly machineId: string; readonly productUuid: string; readonly macs: readonly string[] };
  /** Seconds since the epoch on the host when it was read. */
  readonly clock: number;
  /** MiB free per mount point of interest. */
  readonly diskFree: ReadonlyMap<string, number>;
  readonly glibc: string | undefined;
}

export interface Address {
  readonly interface: string;
  readonly address: string;
  readonly prefix: number;
}

export interface Route {
  readonly destination: string;
  readonly interface: string;
}

export interface Listener {
  readonly address: string;
  readonly port: number;
  /** The program's name where the host tells it. */
  readonly process: string | undefined;
}
