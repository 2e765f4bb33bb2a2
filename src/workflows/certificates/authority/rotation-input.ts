import type { ControlPlaneConfig } from '../../../config/types.ts';
import type { KinitError } from '../../../errors.ts';
import type { Run } from '../../../execute/run.ts';
import type { Host } from '../../../host/host.ts';
import type { RotationPeriod } from '../../../pki/authority-rotation.ts';
import type { RotatingAuthority } from '../../../pki/rotating-authorities.ts';
import type { CertificatesOfCluster } from '../everywhere/cluster-authority.ts';
import type { RenewalPlace } from '../everywhere/renew-everywhere.ts';

/** What becomes of pods that read the CA only when they start, and do not know the new one: the run stops and names them, they are begun anew, or nobody looks. */
export const workloadChoices = ['stop', 'restart', 'leave'] as const;
export type WorkloadChoice = (typeof workloadChoices)[number];

/** What a cluster's file says of its certificates, with what a new CA is made of. */
export interface RotationSettings extends CertificatesOfCluster {
  readonly config: ControlPlaneConfig;
  readonly validitySeconds: number;
}

/** A rotation of a CA over all machines of a file. */
export interface RotationInput {
  readonly authority: RotatingAuthority;
  readonly places: readonly RenewalPlace[];
  readonly settings: (host: Host) => Promise<RotationSettings>;
  /** The last period of this run. */
  readonly until: RotationPeriod;
  readonly workloads: WorkloadChoice;
  /** How many workers are worked on at once. */
  readonly parallel: number;
  /** Seconds until a node has to be Ready again, or what the cluster tells its pods has to be told. */
  readonly readyDeadline: number;
  /** Milliseconds between two looks at what is waited for. */
  readonly pause?: number;
  readonly run: Run;
}

/** What became of one machine in one period. */
export interface RotationOutcome {
  readonly host: string;
  readonly role: RenewalPlace['role'];
  readonly period: RotationPeriod;
  readonly result: 'done' | 'failed' | 'held back';
  /** In words. */
  readonly what: string;
  readonly error: KinitError | undefined;
}

/** How far a rotation is. */
export interface RotationResult {
  readonly authority: RotatingAuthority;
  readonly outcomes: readonly RotationOutcome[];
  /** The last period that holds everywhere; undefined where none does. */
  readonly reached: RotationPeriod | undefined;
  /** Pods that keep the run from going on, `Deployment default/web` each: they do not trust the new CA. */
  readonly waitsFor: readonly string[];
  /** It was over before, and nothing was done. */
  readonly wasOver: boolean;
  /** What nodes that join are told of the CA, as `sha256:…`; the old ones no more after `forget`. */
  readonly joinHashes: readonly string[];
}

/** A period of the way that is left. */
export interface RotationStep {
  readonly period: RotationPeriod;
  /** Machines in their order, and whether there is something to do on them. */
  readonly machines: readonly { readonly name: string; readonly role: RenewalPlace['role']; readonly isDue: boolean }[];
}

/** The way that is left, as it stands. */
export interface RotationPlan {
  readonly authority: RotatingAuthority;
  readonly wasOver: boolean;
  readonly steps: readonly RotationStep[];
  /** Pods that would be begun anew by their Deployments and the like, or that the run would wait for. */
  readonly workloads: readonly string[];
}
