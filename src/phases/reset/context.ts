import type { ResetConfig } from '../../config/types.ts';
import type { Facts } from '../../host/facts/facts.ts';
import type { Release } from '../../release/release.ts';
import type { Resident } from './resident.ts';

/** What the phases of `reset` decide on. */
export interface ResetContext {
  readonly config: ResetConfig;
  readonly release: Release;
  readonly facts: Facts;
  /** What the host's own files told before anything was removed. */
  readonly resident: Resident;
  readonly nodeName: string;
  /** The API server of the cluster answers. */
  readonly clusterAnswers: boolean;
  /** All of the cluster is taken down: etcd need not go on without this host. */
  readonly clusterGoes: boolean;
}
