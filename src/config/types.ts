/**
 * The configuration inside kinit: the shape of kubeadm's v1beta4, whatever version the file was written in.
 * Everything is defaulted, validated and frozen before anybody else sees it.
 */
export interface Arg {
  readonly name: string;
  readonly value: string;
}

export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: Readonly<Record<string, unknown>>;
}

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

export interface HostPathMount {
  readonly name: string;
  readonly hostPath: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
  readonly pathType?: string;
}

export interface BootstrapToken {
  readonly token: string;
  readonly description?: string;
  /** A Go duration; `0s` never expires. */
  readonly ttl?: string;
  /** RFC 3339. */
  readonly expires?: string;
  readonly usages: readonly string[];
  readonly groups: readonly string[];
}

export interface LocalAPIEndpoint {
  readonly advertiseAddress: string;
  readonly bindPort: number;
}

export type ImagePullPolicy = 'Always' | 'IfNotPresent' | 'Never';

export interface NodeRegistration {
  readonly name: string;
  readonly criSocket: string;
  /** undefined: the role's default taints; []: none. */
  readonly taints?: readonly Taint[];
  readonly kubeletExtraArgs: readonly Arg[];
  readonly ignorePreflightErrors: readonly string[];
  readonly imagePullPolicy: ImagePullPolicy;
  readonly imagePullSerial: boolean;
}

/** Go durations, as kubeadm writes them (`4m0s`). */
export interface Timeouts {
  readonly controlPlaneComponentHealthCheck: string;
  readonly kubeletHealthCheck: string;
  readonly kubernetesAPICall: string;
  readonly etcdAPICall: string;
  readonly tlsBootstrap: string;
  readonly discovery: string;
  readonly upgradeManifests: string;
}

export interface ControlPlaneComponent {
  readonly extraArgs: readonly Arg[];
  readonly extraVolumes: readonly HostPathMount[];
  readonly extraEnvs: readonly EnvVar[];
}

export interface APIServer extends ControlPlaneComponent {
  readonly certSANs: readonly string[];
  /** Only where the cluster's configuration is stored as v1beta3 or older; v1beta4 has a node's `timeouts` instead. */
  readonly timeoutForControlPlane?: string;
}

export interface LocalEtcd {
  readonly imageRepository?: string;
  readonly imageTag?: string;
  readonly dataDir: string;
  readonly extraArgs: readonly Arg[];
  readonly extraEnvs: readonly EnvVar[];
  readonly serverCertSANs: readonly string[];
  readonly peerCertSANs: readonly string[];
}

export interface ExternalEtcd {
  readonly endpoints: readonly string[];
  /** Where etcd tells its version; from v1.35 on. */
  readonly httpEndpoints?: readonly string[];
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export type Etcd =
  | { readonly local: LocalEtcd; readonly external?: never }
  | { readonly external: ExternalEtcd; readonly local?: never };

export type EncryptionAlgorithm = 'RSA-2048' | 'RSA-3072' | 'RSA-4096' | 'ECDSA-P256' | 'ECDSA-P384';

export interface ClusterConfiguration {
  readonly kubernetesVersion: string;
  readonly clusterName: string;
  readonly controlPlaneEndpoint?: string;
  readonly certificatesDir: string;
  readonly imageRepository: string;
  readonly networking: { readonly serviceSubnet: string; readonly podSubnet?: string; readonly dnsDomain: string };
  readonly etcd: Etcd;
  readonly apiServer: APIServer;
  readonly controllerManager: ControlPlaneComponent;
  readonly scheduler: ControlPlaneComponent;
  readonly dns: { readonly imageRepository?: string; readonly imageTag?: string; readonly disabled: boolean };
  readonly proxy: { readonly disabled: boolean };
  readonly featureGates: Readonly<Record<string, boolean>>;
  /** As stated; the gate PublicKeysECDSA goes before it (`keyAlgorithm`). */
  readonly encryptionAlgorithm: EncryptionAlgorithm;
  /** Go durations. */
  readonly certificateValidityPeriod: string;
  readonly caCertificateValidityPeriod: string;
}

/** A component's own configuration: kubeadm's defaults filled in, everything else of the user's kept. */
export interface ComponentConfig {
  readonly object: Readonly<Record<string, unknown>>;
  /** The user gave it: kubeadm then writes no hash annotation beside it. */
  readonly userSupplied: boolean;
}

/** All that `init` needs to know. */
export interface InitConfig {
  readonly cluster: ClusterConfiguration;
  readonly nodeRegistration: NodeRegistration;
  readonly localAPIEndpoint: LocalAPIEndpoint;
  readonly bootstrapTokens: readonly BootstrapToken[];
  readonly certificateKey?: string;
  readonly skipPhases: readonly string[];
  readonly patchesDirectory?: string;
  readonly timeouts: Timeouts;
  readonly kubelet: ComponentConfig;
  readonly kubeProxy: ComponentConfig;
  /** What the cluster's stored ClusterConfiguration holds that we do not know; kept on a round trip. */
  readonly unknown?: Readonly<Record<string, unknown>>;
}

/** What the control plane on one node is made of, whether the node is the first, joins, or is upgraded. */
export type ControlPlaneConfig = Pick<
  InitConfig,
  'cluster' | 'nodeRegistration' | 'localAPIEndpoint' | 'timeouts' | 'kubelet'
>;

export type Discovery =
  | {
      readonly bootstrapToken: {
        readonly token: string;
        readonly apiServerEndpoint: string;
        readonly caCertHashes: readonly string[];
        readonly unsafeSkipCAVerification: boolean;
      };
      readonly file?: never;
      readonly tlsBootstrapToken: string;
    }
  | {
      readonly file: { readonly kubeConfigPath: string };
      readonly bootstrapToken?: never;
      readonly tlsBootstrapToken?: string;
    };

/** All that `join` needs to know beyond what the cluster itself tells. */
export interface JoinConfig {
  readonly nodeRegistration: NodeRegistration;
  readonly caCertPath: string;
  readonly discovery: Discovery;
  readonly controlPlane?: { readonly localAPIEndpoint: LocalAPIEndpoint; readonly certificateKey?: string };
  readonly skipPhases: readonly string[];
  readonly patchesDirectory?: string;
  readonly timeouts: Timeouts;
}

export type UnmountFlag = 'MNT_FORCE' | 'MNT_DETACH' | 'MNT_EXPIRE' | 'UMOUNT_NOFOLLOW';

/** All that `reset` needs to know. */
export interface ResetConfig {
  readonly certificatesDir: string;
  readonly criSocket: string;
  readonly cleanupTmpDir: boolean;
  readonly dryRun: boolean;
  readonly force: boolean;
  readonly ignorePreflightErrors: readonly string[];
  readonly skipPhases: readonly string[];
  readonly unmountFlags: readonly UnmountFlag[];
  readonly timeouts: Timeouts;
}

/** What `upgrade node` and, for its own node, `upgrade apply` go by. */
export interface UpgradeNode {
  readonly certificateRenewal: boolean;
  readonly dryRun: boolean;
  readonly etcdUpgrade: boolean;
  readonly ignorePreflightErrors: readonly string[];
  readonly skipPhases: readonly string[];
  readonly patchesDirectory?: string;
  readonly imagePullPolicy: ImagePullPolicy;
  readonly imagePullSerial: boolean;
}

/** What `upgrade plan` goes by. */
export interface UpgradePlan {
  readonly kubernetesVersion?: string;
  readonly allowExperimentalUpgrades: boolean;
  readonly allowRCUpgrades: boolean;
  readonly dryRun: boolean;
  readonly etcdUpgrade: boolean;
  readonly ignorePreflightErrors: readonly string[];
  readonly printConfig: boolean;
}

/** All that `upgrade` needs to know beyond what the cluster itself tells. */
export interface UpgradeConfig {
  readonly apply: UpgradePlan & UpgradeNode & { readonly forceUpgrade: boolean };
  readonly node: UpgradeNode;
  readonly plan: UpgradePlan;
  readonly diff: { readonly kubernetesVersion?: string; readonly contextLines?: number };
  readonly timeouts: Timeouts;
}
