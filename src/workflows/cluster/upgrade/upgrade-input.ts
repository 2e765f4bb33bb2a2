import type { Decided } from '../../../execute/decided.ts';
import type { Run } from '../../../execute/run.ts';
import type { Host } from '../../../host/host.ts';
import type { Patch } from '../../../manifests/patches.ts';
import type { PreflightResult } from '../../../preflight/preflight.ts';
import type { Release } from '../../../release/release.ts';
import type { HostOutcome } from '../../host-outcome.ts';
import type { Dialled, Machine, UpHost } from '../up/up-input.ts';
import type { Hop, Wish } from './walk.ts';

export interface ClusterUpgrade {
  /** In the order of the file. */
  readonly controlPlanes: readonly [UpHost, ...UpHost[]];
  readonly workers: readonly UpHost[];
  readonly wish: Wish;
  readonly dial: (entries: readonly UpHost[]) => Promise<Dialled>;
  /** Brings the packages of a version to a node that is drained. Returns what it changed. */
  readonly packages: (machine: Machine, release: Release) => Promise<readonly Decided[]>;
  /** Keeps etcd's data as they are before anything is changed; says where. Not where etcd is not the cluster's own. */
  readonly snapshot?: ((controlPlanes: readonly Host[]) => Promise<string>) | undefined;
  readonly patches: { readonly controlPlanes: readonly Patch[]; readonly workers: readonly Patch[] };
  /** Names of risks that are taken (`DeadWebhook`, `all`). */
  readonly ignored: readonly string[];
  /** How many workers may be out of service at once. */
  readonly maxUnavailable: number;
  /** Seconds for the pods of a node to leave. */
  readonly drainDeadline: number;
  /** Goes on where pods do not leave in time. */
  readonly force: boolean;
  /** Seconds until a node has to be Ready with its new version. */
  readonly readyDeadline: number;
  readonly run: Run;
}

/** `done`: it went all the way that it had to go. `held back`: it was not begun, since others failed. */
export type UpgradeVerdict = 'done' | 'failed' | 'held back';

/** What became of one node at one hop. */
export interface UpgradeOutcome extends HostOutcome<UpgradeVerdict> {
  readonly to: string;
  readonly part: 'control plane' | 'etcd' | 'kubelet';
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
