import type { ClusterConfiguration } from '../../config/types.ts';
import type { KubeObject } from '../../kube/client.ts';
import type { Version } from '../../release/version.ts';
import type { Problem } from '../problem.ts';

/** What a cluster says of itself before it is upgraded. */
export interface UpgradedCluster {
  readonly cluster: ClusterConfiguration;
  /** What its kubelets and kube-proxies read, as the cluster keeps it; undefined where it keeps none. */
  readonly components: {
    readonly kubelet: Readonly<Record<string, unknown>> | undefined;
    readonly kubeProxy: Readonly<Record<string, unknown>> | undefined;
  };
  /** What the control planes have. */
  readonly from: Version;
  readonly to: Version;
  /** The versions on the way, the last one among them. */
  readonly through: readonly Version[];
  readonly nodes: readonly KubeObject[];
  /** Those, by name, that leave docker on the way. */
  readonly leavers: ReadonlySet<string>;
  /** The nodes that are drained on the way. */
  readonly drained: readonly string[];
  /** The API server's own metrics; undefined where it does not tell them. */
  readonly metrics: string | undefined;
  /** Objects of kinds of which a version goes on the way. */
  readonly stored: readonly KubeObject[];
  readonly podSecurityPolicies: readonly KubeObject[];
  readonly budgets: readonly KubeObject[];
  /** Mutating and validating. */
  readonly webhooks: readonly KubeObject[];
  /** Of custom resources. */
  readonly definitions: readonly KubeObject[];
  /** What the API server said to objects such as an upgrade makes, which were only tried: those that it would not take. */
  readonly refusals: readonly string[];
  /** `namespace/name` of Services that have somebody behind them. */
  readonly servedServices: ReadonlySet<string>;
  /** Deployments and StatefulSets. */
  readonly workloads: readonly KubeObject[];
  readonly pods: readonly KubeObject[];
}

/** What of it an upgrade would break. */
export type UpgradeRule = (seen: UpgradedCluster) => readonly Problem[];
