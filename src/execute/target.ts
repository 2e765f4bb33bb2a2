import type { Facts } from '../host/facts/facts.ts';
import type { Host } from '../host/host.ts';
import type { KubeClient } from '../kube/client.ts';
import type { Release } from '../release/release.ts';
import type { Run } from './run.ts';

/** Where changes become effects: a machine, the cluster as reached through it, and the run. */
export interface Target extends Run {
  readonly host: Host;
  /** Opened at the first use; `super-admin` where the administrator has no rights yet. */
  readonly kube: (as?: 'super-admin') => Promise<KubeClient>;
  readonly release: Release;
  /** What the run has read of the machine already. */
  readonly facts?: Facts;
}

type Place = Omit<Target, keyof Run | 'kube'> & Partial<Pick<Target, 'kube'>>;

/** The run at one place; without `kube`, where only the host is touched. */
export function on(run: Run, place: Place): Target {
  return { ...run, kube: noCluster, ...place };
}

/** For what touches hosts alone. */
export async function noCluster(): Promise<never> {
  throw new Error('no cluster is needed here');
}
