import type { ClusterConfiguration, JoinConfig } from '../config/types.ts';
import type { EtcdAccess } from '../execute/change.ts';
import type { KubeletHost } from '../manifests/kubelet-host.ts';
import type { Patch } from '../manifests/patches.ts';
import type { SharedContent } from '../manifests/upload-certs.ts';
import type { Release } from '../release/release.ts';
import type { Secret } from '../secret.ts';
import type { ControlPlaneContext } from './context.ts';
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
  /** Of a node that joins as a control plane. */
  readonly controlPlane?: JoiningControlPlane;
}

/** What a joining control plane is made of, and where it gets what all of them share. */
export interface JoiningControlPlane extends ControlPlaneContext {
  readonly shared: SharedSource;
  /** This run brings them to the host, before it makes the node's own. */
  readonly downloads: boolean;
  /** The host carries a part of this very control plane already. */
  readonly owned: boolean;
  /** How the cluster's etcd is reached from the host; known once the administrator's kubeconfig is there. */
  readonly etcd?: EtcdAccess;
}

/** Where the shared certificates come from: the cluster's Secret, another control plane, or the user has put them there. */
export type SharedSource =
  | { readonly from: 'secret'; readonly certificateKey: Secret }
  | { readonly from: 'control plane'; readonly files: readonly SharedContent[] }
  | { readonly from: 'host' };

/** What the phases of a joining control plane decide on. */
export interface JoinControlPlaneContext extends JoinContext {
  readonly controlPlane: JoiningControlPlane;
}
