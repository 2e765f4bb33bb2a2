import type { BundleContent } from '../../../bundle/bundle-file.ts';
import type { Decided } from '../../../execute/decided.ts';
import type { Run } from '../../../execute/run.ts';
import type { Patch } from '../../../manifests/patches.ts';
import type { PreflightResult } from '../../../preflight/preflight.ts';
import type { HostOutcome } from '../../host-outcome.ts';
import type { Dialled } from '../up/up-input.ts';
import type { UpHost, WantedCluster } from '../up/wanted-cluster.ts';
import type { Hop, Wish } from './way/walk.ts';

/** How a cluster goes to another version and back, node by node. */
export interface NodeByNode extends WantedCluster {
  readonly dial: (entries: readonly UpHost[]) => Promise<Dialled>;
  /** Packages and images of each version on the way come from the one for it, and from nowhere else; none: from repositories. */
  readonly bundles: readonly BundleContent[];
  /** How many machines are worked on at once where none is out of service. */
  readonly parallel: number;
  /** How many workers may be out of service at once. */
  readonly maxUnavailable: number;
  /** Seconds for the pods of a node to leave. */
  readonly drainDeadline: number;
  /** Goes on where pods do not leave in time. */
  readonly force: boolean;
  /** Seconds until a node has to be Ready with its other version. */
  readonly readyDeadline: number;
  readonly run: Run;
}

export interface ClusterUpgrade extends NodeByNode {
  readonly wish: Wish;
  /** Folder of this machine that etcd's data are kept in before anything is changed; not where etcd is not the cluster's own. */
  readonly snapshotFolder?: string | undefined;
  readonly patches: { readonly controlPlanes: readonly Patch[]; readonly workers: readonly Patch[] };
  /** Names of risks that are taken (`DeadWebhook`, `all`). */
  readonly ignored: readonly string[];
}

/** `done`: it went all the way that it had to go. `held back`: it was not begun, since others failed. */
export type UpgradeVerdict = 'done' | 'failed' | 'held back';

/** What became of one node at one hop. */
export interface UpgradeOutcome extends HostOutcome<UpgradeVerdict> {
  readonly to: string;
  readonly part: 'images' | 'runtime' | 'control plane' | 'etcd' | 'kubelet';
  readonly changed: readonly Decided[];
  /** Milliseconds. */
  readonly ms: number;
}

export interface UpgradeResult {
  readonly from: string;
  readonly hops: readonly Hop[];
  /** What it would break; of a run that went on, what was taken. */
  readonly risks: PreflightResult;
  readonly outcomes: readonly UpgradeOutcome[];
  /** Where etcd's data were kept, in words. */
  readonly snapshot: string | undefined;
}
