import type { Host } from '../../../host/host.ts';
import type { KubeClient } from '../../../kube/client.ts';
import type { WayBack } from '../../../phases/rollback/record.ts';
import type { Version } from '../../../release/version.ts';
import type { Machine } from '../up/up-input.ts';

/** A node that goes back, and how it was. */
export interface NodeBack {
  readonly machine: Machine;
  /** Its name in the cluster. */
  readonly node: string;
  readonly record: WayBack;
  /** By `kubelet --version`. */
  readonly kubelet: string | undefined;
}

/** The hop that is taken back, decided before anything is touched. */
export interface Way {
  /** What the hop went to; undefined where no node holds one. */
  readonly hop: Version | undefined;
  /** What its control planes had before, or its kubelets where it took no control plane. */
  readonly back: Version | undefined;
  readonly controlPlanes: readonly NodeBack[];
  readonly workers: readonly NodeBack[];
  /** Hosts on which an earlier rollback was cut off at its very end. */
  readonly leftovers: readonly Machine[];
  /** Who answers for the cluster; undefined where none of the API servers does. */
  readonly living: { readonly host: Host; readonly kube: KubeClient } | undefined;
  /** Where etcd's data of before are, as the upgrade wrote it down. */
  readonly snapshot: string | undefined;
}
