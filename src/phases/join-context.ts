import type { ClusterConfiguration, JoinConfig } from '../config/types.ts';
import type { KubeletHost } from '../manifests/kubelet-host.ts';
import type { Patch } from '../manifests/patches.ts';
import type { Release } from '../release/release.ts';
import type { Secret } from '../secret.ts';
import type { NodeBalancing } from './load-balancer/balancing.ts';

/** What the phases of `join` decide on: the node's own wishes and what the cluster told about itself. */
export interface JoinContext extends KubeletHost {
  readonly config: JoinConfig;
  readonly cluster: ClusterConfiguration;
  readonly release: Release;
  /** PEM of the cluster's CA, trusted by now. */
  readonly caPem: string;
  /** `https://host:port` as cluster-info has it. */
  readonly server: string;
  /** undefined where no host needs one. */
  readonly token: Secret | undefined;
  /** KubeletConfiguration as the cluster keeps it. */
  readonly kubeletConfiguration: Readonly<Record<string, unknown>>;
  readonly hostname: string;
  readonly patches: readonly Patch[];
  /** How the node reaches the API servers; undefined where nobody has said so. */
  readonly balancing?: NodeBalancing;
}
