import type { Facts } from '../host/facts/facts.ts';
import type { Host } from '../host/host.ts';
import type { Slots } from '../host/slots.ts';
import type { KubeClient } from '../kube/client.ts';
import { type KeyPool, keyPool } from '../pki/keys.ts';
import type { Release } from '../release/release.ts';
import type { Reporter } from '../report/reporter.ts';

/** Where changes become effects: a machine, the cluster as reached through it, and what a run shares. */
export interface Target {
  readonly host: Host;
  /** Opened at the first use; `super-admin` where the administrator has no rights yet. */
  readonly kube: (as?: 'super-admin') => Promise<KubeClient>;
  /** What the run has read of the machine already. */
  readonly facts?: Facts;
  readonly keys: KeyPool;
  readonly release: Release;
  readonly reporter: Reporter;
  /** Milliseconds since the epoch; one start time per run, as kubeadm has it for certificates. */
  readonly now: number;
  readonly signal: AbortSignal;
  /** How many hosts may be sent large files at once, apart from how many are worked on. */
  readonly uploads?: Slots;
  /** Nothing is really running: waits are told, not waited for. */
  readonly rehearsal: boolean;
}

/** A target where only the host is touched. */
export function hostTarget(
  host: Host,
  run: Pick<Target, 'release' | 'reporter' | 'now' | 'signal' | 'uploads'>,
  { rehearsal = false } = {},
): Target {
  const kube = () => Promise.reject(new Error('no cluster is needed here'));
  return { ...run, host, kube, keys: keyPool(), rehearsal };
}
