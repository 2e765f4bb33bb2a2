import type { BundleContent } from '../../../bundle/bundle-file.ts';
import type { KinitError } from '../../../errors.ts';
import type { Decided } from '../../../execute/decided.ts';
import type { Run } from '../../../execute/run.ts';
import type { Host } from '../../../host/host.ts';
import type { MadeCluster } from '../../../inventory/endpoint.ts';
import type { Patch } from '../../../manifests/patches.ts';
import type { HostOutcome } from '../../host-outcome.ts';
import type { NetworkChoice } from '../../node/pod-network.ts';
import type { UpHost, WantedCluster } from './wanted-cluster.ts';

/** A machine that was reached. */
export interface Machine {
  readonly entry: UpHost;
  readonly host: Host;
}

/** Machines that were dialled, all at once. */
export interface Dialled {
  readonly machines: readonly Machine[];
  readonly failures: readonly { readonly entry: UpHost; readonly error: KinitError }[];
}

/** What is known of the cluster when a machine is prepared for it. */
export interface Surroundings {
  /** Where it is there already. */
  readonly made?: MadeCluster | undefined;
  /** The control plane by which machines find it that are no nodes yet. */
  readonly leader?: UpHost | undefined;
}

export interface UpInput extends WantedCluster {
  readonly network: NetworkChoice;
  readonly patches: { readonly controlPlanes: readonly Patch[]; readonly workers: readonly Patch[] };
  readonly dial: (entries: readonly UpHost[]) => Promise<Dialled>;
  /** Packages and images come from it and from nowhere else. */
  readonly bundle?: BundleContent;
  readonly run: Run;
  /** How many machines are worked on at once. */
  readonly parallel: number;
  /** Seconds until a node has to be Ready. */
  readonly readyDeadline: number;
  /** Looks at every machine, those too that the cluster says are as the file wants them. */
  readonly everything: boolean;
  /** The release may be one that kinit's tables stop before. */
  readonly allowUnverified?: boolean;
  /** Nodes that the file no longer has are taken out of the cluster; without it they are only named. */
  readonly pruning?: Pruning;
}

/** How nodes leave that the file no longer has. */
export interface Pruning {
  /** Throws KinitError where nobody says that these may go. */
  readonly agree: (nodes: readonly string[]) => Promise<void>;
  /** The host of such a node, at the address that the cluster has of it. */
  readonly dial: (node: string, address: string) => Promise<Host | KinitError>;
  /** Seconds for its pods to leave. */
  readonly drainDeadline: number;
}

/**
 * `up`: something was done. `as wanted`: nothing had to be. `not asked`: the cluster says so of it.
 * `left out`: its preflight failed, or it was not reached. `removed`: the file no longer has it.
 */
export type UpVerdict = 'up' | 'as wanted' | 'not asked' | 'left out' | 'failed' | 'removed';

export interface UpOutcome extends HostOutcome<UpVerdict> {
  readonly changed: readonly Decided[];
  /** Milliseconds. */
  readonly ms: number;
}

export interface UpResult {
  /** The control planes in the order of the file, then the workers, then what left the cluster. */
  readonly outcomes: readonly UpOutcome[];
  /** The control plane that the run went by: the cluster lives without the others. */
  readonly leader: string;
  /** Nodes that are not Ready, and why in the kubelet's words; empty for a rehearsal. */
  readonly unready: ReadonlyMap<string, string>;
  /** Nodes of the cluster that the file does not name. */
  readonly strangers: readonly string[];
  /** Those of them that would leave it, where that is only rehearsed. */
  readonly leaving: readonly string[];
  /** The cluster does not answer yet: its objects are assumed to be absent. */
  readonly assumed: boolean;
  readonly server: string | undefined;
}
