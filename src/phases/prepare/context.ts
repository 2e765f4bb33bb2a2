import type { ClusterConfiguration } from '../../config/types.ts';
import type { Distribution } from '../../distribution/distribution.ts';
import type { Facts } from '../../host/facts/facts.ts';
import type { Inventory, InventoryHost } from '../../inventory/types.ts';
import { kubeletConf, staticPodFile } from '../../release/paths.ts';
import type { Release } from '../../release/release.ts';

/** What the phases of `prepare` decide on. */
export interface PrepareContext {
  readonly inventory: Inventory;
  readonly host: InventoryHost;
  readonly facts: Facts;
  readonly distribution: Distribution;
  readonly release: Release;
  readonly cluster: ClusterConfiguration;
  /** Of the API server. */
  readonly bindPort: number;
  /** Address of the control plane that a joining node is led to; default: the first of the file. */
  readonly leader?: string;
  /** The cluster was made without an endpoint, and gets the file's. */
  readonly converts?: boolean;
  /**
   * The node goes to the version: packages of Kubernetes that are there in an older one do not stay. `kubelet`: those that no
   * pod needs follow.
   */
  readonly upgrades?: 'all' | 'kubelet';
  /** Options with which the package manager looks at a bundle and at nothing else. */
  readonly fromBundle?: readonly string[];
}

/** The same, and as a control plane it has its etcd, without which its API server does not come up. */
export function isWholeNode({ facts, host, cluster }: PrepareContext): boolean {
  if (host.role === 'worker' || cluster.etcd.external) return isNode(facts);
  return isNode(facts) && facts.kubernetesFiles.includes(staticPodFile('etcd'));
}

/** The host carries a node that lives: what would disturb it is left as it is. */
export function isNode({ kubernetesFiles }: Facts): boolean {
  return kubernetesFiles.includes(kubeletConf);
}
