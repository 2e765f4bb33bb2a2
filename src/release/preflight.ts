import { type SystemVerification, systemVerification } from './system-verification.ts';
import { pick, type Row, type Verified } from './table.ts';
import type { Version } from './version.ts';

export const verified: Verified = {
  table: 'preflight',
  upTo: 37,
  source: 'release notes of v1.37; its constants were not seen',
};

export type Severity = 'error' | 'warning';

/** Which checks exist and how severe they are. */
export interface PreflightRelease {
  /** MB of 1024² bytes; undefined: memory is not checked. */
  readonly minimumMemory: number | undefined;
  readonly minimumCpus: number;
  readonly swap: { readonly severity: Severity; readonly message: string };
  /** Programs that must (error) or should (warning) be in PATH, in kubeadm's order. */
  readonly programs: readonly Program[];
  /** The bridge must hand its packets to iptables: /proc/sys/net/bridge/bridge-nf-call-iptables. */
  readonly bridgeNetfilter: boolean;
  /** `always`: IPv4 forwarding on every host; `family`: that of the families that the cluster uses. */
  readonly forwarding: 'always' | 'family';
  /** A joining host must have an empty or no /etc/kubernetes/manifests. */
  readonly emptyManifestsOnJoin: boolean;
  /** The node name must be a qualified name. */
  readonly nodeNameSyntax: boolean;
  /** `Service-Kubelet` or `Service-kubelet`. */
  readonly kubeletService: string;
  /** How many minors older than the release the kubelet may be. */
  readonly kubeletSkew: number;
  /** The dockershim exists: docker's socket is served, and docker is checked. */
  readonly dockershim: boolean;
  /** Docker's cgroup driver should be systemd (IsDockerSystemdCheck). */
  readonly dockerSystemd: boolean;
  /**
   * The runtime should tell its cgroup driver (the CRI method RuntimeConfig), and must from this minor of the kubelet on;
   * undefined: nobody asks.
   */
  readonly runtimeConfig: { readonly mustFromKubelet: number | undefined; readonly message: string } | undefined;
  /** Which listeners are in the way of a control plane's ports: any, or those on the addresses of the configuration. */
  readonly portsInUse: 'on any address' | 'on configured addresses';
  /** The kubelet asks the runtime for its cgroup driver before it believes its own configuration. */
  readonly driverFromRuntime: boolean;
  /** The oldest external etcd. */
  readonly minimumEtcd: string;
  readonly system: SystemVerification;
}

export interface Program {
  readonly name: string;
  readonly severity: Severity;
  /** crictl is not asked for where docker is the runtime. */
  readonly unlessDocker?: boolean;
}

/** The preflight tables read at `version`. */
export function preflightRelease(version: Version): PreflightRelease {
  return {
    minimumMemory: pick(minimumMemory, version),
    minimumCpus: 2,
    swap: pick(swap, version),
    programs: pick(programs, version),
    bridgeNetfilter: pick(bridgeNetfilter, version),
    forwarding: pick(forwarding, version),
    emptyManifestsOnJoin: pick(emptyManifestsOnJoin, version),
    nodeNameSyntax: pick(nodeNameSyntax, version),
    kubeletService: pick(kubeletService, version),
    kubeletSkew: pick(kubeletSkew, version),
    dockershim: pick(dockershim, version),
    dockerSystemd: pick(dockerSystemd, version),
    runtimeConfig: pick(runtimeConfig, version),
    portsInUse: pick(portsInUse, version),
    driverFromRuntime: pick(driverFromRuntime, version),
    minimumEtcd: pick(minimumEtcd, version),
    system: systemVerification(version),
  };
}

const v20 = 'kubeadm v1.20.2 source';
const v36 = 'kubeadm v1.36.2 source';

const minimumMemory: readonly Row<number | undefined>[] = [
  { from: '1.18', value: undefined, source: 'release notes v1.20: kubeadm: add a preflight check for the memory' },
  { from: '1.20', value: 1700, source: `${v20}; ${v36}` },
];

const swap: readonly Row<PreflightRelease['swap']>[] = [
  {
    from: '1.18',
    value: { severity: 'error', message: 'running with swap on is not supported. Please disable swap' },
    source: v20,
  },
  {
    from: '1.23',
    value: {
      severity: 'warning',
      message:
        'swap is enabled; production deployments should disable swap unless testing the NodeSwap feature gate of the kubelet',
    },
    source: 'release notes v1.23: the preflight check for swap became a warning',
  },
  {
    from: '1.29',
    value: {
      severity: 'warning',
      message:
        'swap is supported for cgroup v2 only; the NodeSwap feature gate of the kubelet is beta but disabled by default',
    },
    source: 'release notes v1.29 (text of the swap check)',
  },
  {
    from: '1.31',
    value: {
      severity: 'warning',
      message:
        'swap is supported for cgroup v2 only. The kubelet must be properly configured to use swap. Please refer to https://kubernetes.io/docs/concepts/architecture/nodes/#swap-memory, or disable swap on the node',
    },
    source: `release notes v1.31; ${v36}`,
  },
];

const must = (...names: string[]): readonly Program[] => names.map((name) => ({ name, severity: 'error' }));
const should = (...names: string[]): readonly Program[] => names.map((name) => ({ name, severity: 'warning' }));
const crictl = (severity: Severity): Program => ({ name: 'crictl', severity, unlessDocker: true });
const network = must('ip', 'iptables', 'mount', 'nsenter');
const oldTools = should('ebtables', 'ethtool', 'socat', 'tc', 'touch');

const programs: readonly Row<readonly Program[]>[] = [
  { from: '1.18', value: [crictl('error'), ...must('conntrack'), ...network, ...oldTools], source: v20 },
  {
    from: '1.31',
    value: [crictl('warning'), ...must('conntrack'), ...network, ...oldTools],
    source: 'release notes v1.31: crictl is only warned about',
  },
  {
    from: '1.32',
    value: [...network, ...should('ethtool', 'tc', 'touch')],
    source: 'release notes v1.32: crictl, conntrack, ebtables and socat are no longer asked for',
  },
  {
    from: '1.33',
    value: must('losetup', 'mount', 'cp'),
    source: `release notes v1.33: ip, iptables, nsenter, ethtool, tc and touch go, losetup and cp come; ${v36}`,
  },
];

const bridgeNetfilter: readonly Row<boolean>[] = [
  { from: '1.18', value: true, source: v20 },
  { from: '1.30', value: false, source: 'release notes v1.30: the bridge-nf-call checks were removed' },
];
const forwarding: readonly Row<'always' | 'family'>[] = [
  { from: '1.18', value: 'always', source: v20 },
  { from: '1.27', value: 'family', source: `release notes v1.27: only the families in use; ${v36}` },
];
const emptyManifestsOnJoin: readonly Row<boolean>[] = [
  { from: '1.18', value: true, source: v20 },
  { from: '1.23', value: false, source: 'release notes v1.23: the check was removed' },
];
const nodeNameSyntax: readonly Row<boolean>[] = [
  { from: '1.18', value: false, source: v20 },
  { from: '1.21', value: true, source: `release notes v1.21; ${v36}` },
];
const kubeletService: readonly Row<string>[] = [
  { from: '1.18', value: 'Service-Kubelet', source: v20 },
  {
    from: '1.24',
    value: 'Service-kubelet',
    source: `${v36}; between the two sources the turn is not known (unverified)`,
  },
];
const kubeletSkew: readonly Row<number>[] = [
  { from: '1.18', value: 1, source: v20 },
  { from: '1.29', value: 3, source: `release notes v1.29: kubelets up to three minors older; ${v36}` },
];
const dockershim: readonly Row<boolean>[] = [
  { from: '1.18', value: true, source: v20 },
  { from: '1.24', value: false, source: 'release notes v1.24: dockershim was removed from the kubelet' },
];
const dockerSystemd: readonly Row<boolean>[] = [
  { from: '1.18', value: true, source: v20 },
  { from: '1.22', value: false, source: 'release notes v1.22: the IsDockerSystemdCheck was removed' },
];
const runtimeConfigMessage = (removed: string) =>
  `You must update your container runtime to a version that supports the CRI method RuntimeConfig. Falling back to using cgroupDriver from kubelet config will be removed in ${removed}. For more information, see https://git.k8s.io/enhancements/keps/sig-node/4033-group-driver-detection-over-cri`;
const runtimeConfig: readonly Row<PreflightRelease['runtimeConfig']>[] = [
  { from: '1.18', value: undefined, source: v20 },
  {
    from: '1.35',
    value: { mustFromKubelet: undefined, message: runtimeConfigMessage('1.36') },
    source: 'release notes v1.35: ContainerRuntimeVersion; kubeadm v1.35.6 source',
  },
  {
    from: '1.36',
    value: { mustFromKubelet: undefined, message: runtimeConfigMessage('1.37') },
    source: 'kubeadm v1.36.3 source: never an error',
  },
  {
    from: '1.37',
    value: { mustFromKubelet: 38, message: runtimeConfigMessage('1.38') },
    source: 'release notes v1.37: kubernetes/kubernetes#139122, #139121 (the words after "removed in": unverified)',
  },
];
const portsInUse: readonly Row<PreflightRelease['portsInUse']>[] = [
  { from: '1.18', value: 'on any address', source: `${v20}; kubeadm v1.36.3 PortOpenCheck` },
  {
    from: '1.37',
    value: 'on configured addresses',
    source:
      'release notes v1.37: kubernetes/kubernetes#138250: localAPIEndpoint.advertiseAddress or the bind-address of extraArgs (whether the name of the check then holds the address: unverified)',
  },
];
const driverFromRuntime: readonly Row<boolean>[] = [
  { from: '1.18', value: false, source: v20 },
  {
    from: '1.31',
    value: true,
    source:
      'KubeletCgroupDriverFromCRI, beta and on: https://git.k8s.io/enhancements/keps/sig-node/4033-group-driver-detection-over-cri',
  },
];
const older = 'from the patch on that deploys an etcd of that age (inferred)';
const unknownMinimum = 'what its first patches ask for is not known, so the older minimum holds (unverified)';
const minimumEtcd: readonly Row<string>[] = [
  { from: '1.18', value: '3.2.18', source: `constants.go of v1.18.8 (kubernetes/kubernetes#45506); ${v20}` },
  { from: '1.28', value: '3.4.13', source: 'kubernetes/kubernetes#118733 (3.4.13-4)' },
  { from: '1.31.14', value: '3.5.24', source: `kubeadm v1.31.14 constants; ${older}` },
  { from: '1.32', value: '3.4.13', source: unknownMinimum },
  { from: '1.32.10', value: '3.5.24', source: `kubeadm v1.32.13 constants; ${older}` },
  { from: '1.33', value: '3.4.13', source: unknownMinimum },
  { from: '1.33.6', value: '3.5.24', source: `kubeadm v1.33.13 constants; ${older}` },
  { from: '1.34', value: '3.4.13', source: unknownMinimum },
  { from: '1.34.2', value: '3.5.24', source: `kubeadm v1.34.9 constants; ${older}` },
  { from: '1.35', value: '3.5.24', source: 'kubeadm v1.35.6 constants; v1.35.0 is younger than etcd 3.5.24' },
  {
    from: '1.36',
    value: '3.5.24',
    source: `${v36}; kubeadm v1.36.3 constants; for v1.37 its constants were not seen (unverified)`,
  },
];
