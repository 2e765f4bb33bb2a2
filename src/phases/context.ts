import type { ControlPlaneConfig, InitConfig } from '../config/types.ts';
import type { KubeletHost } from '../manifests/kubelet-host.ts';
import type { Patch } from '../manifests/patches.ts';
import type { Release } from '../release/release.ts';
import type { Secret } from '../secret.ts';

/** What the phases of a control plane decide on, on a first node, one that joins, or one that is upgraded. */
export interface ControlPlaneContext {
  readonly config: ControlPlaneConfig;
  readonly release: Release;
  /** `*_proxy` variables for static pods: of a local run's environment. */
  readonly proxyEnvironment: ReadonlyMap<string, string>;
  /** Which of kubeadm's CA directories exist on the host. */
  readonly caDirectories: readonly string[];
  /** Patches read from the user's --patches directory. */
  readonly patches: readonly Patch[];
  /** Where kubeconfigs are written, where it is not kubeadm's. */
  readonly kubeconfigDirectory?: string;
}

/** What the phases of `init` decide on. */
export interface InitContext extends ControlPlaneContext, KubeletHost {
  readonly config: InitConfig;
  readonly hostname: string;
  /** Milliseconds since the epoch; one start time per run. */
  readonly now: number;
  /** The configuration named no token: one that the cluster already has serves as well. */
  readonly tokenIsOurs: boolean;
  /** Nodes join with a token of the run's own: nobody waits for one. */
  readonly noToken?: boolean;
  /** Whether the host already carries a part of this very control plane. */
  readonly owned: 'bare' | 'ours';
  /** The administrator's kubeconfig, where it is not kubeadm's. */
  readonly kubeconfig?: string;
  /** Where that will lead, though it does not yet: `https://host:port`. */
  readonly leadsTo?: string;
  /** undefined without --upload-certs. */
  readonly upload?: CertificateUpload;
}

/** What the certificates for further control planes are uploaded with. */
export interface CertificateUpload {
  /** 32 bytes in hex. */
  readonly certificateKey: Secret;
  /** The user gave none: it is a new one in every run. */
  readonly keyIsOurs: boolean;
  /** Expires after two hours, and what is uploaded with it. */
  readonly lifetimeToken: string;
}
