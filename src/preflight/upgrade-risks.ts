import { checkArguments, checkEtcdArguments } from '../config/extra-arguments.ts';
import type { ClusterConfiguration } from '../config/types.ts';
import type { KubeObject } from '../kube/client.ts';
import { isControlPlaneNode, isReady } from '../kube/node.ts';
import { firstOf } from '../printable.ts';
import { limitsOf, type MachineTraits } from '../release/limits.ts';
import { releaseFor } from '../release/release.ts';
import type { Version } from '../release/version.ts';
import { failure, type Problem, warning } from './problem.ts';

/** What a cluster says of itself before it is upgraded. */
export interface UpgradedCluster {
  readonly cluster: ClusterConfiguration;
  /** What the control planes have. */
  readonly from: Version;
  readonly to: Version;
  /** The versions on the way, the last one among them. */
  readonly through: readonly Version[];
  readonly nodes: readonly KubeObject[];
  /** Those, by name, that leave docker on the way. */
  readonly leavers: ReadonlySet<string>;
  /** The API server's own metrics; undefined where it does not tell them. */
  readonly metrics: string | undefined;
  readonly podSecurityPolicies: readonly KubeObject[];
  readonly budgets: readonly KubeObject[];
  /** Mutating and validating. */
  readonly webhooks: readonly KubeObject[];
  /** `namespace/name` of Services that have somebody behind them. */
  readonly servedServices: ReadonlySet<string>;
  readonly deployments: readonly KubeObject[];
  /** The nodes that are drained on the way. */
  readonly drained: readonly string[];
}

/** What an upgrade would break, and what to do before it: errors would damage the cluster or stop half way. */
export function upgradeRisks(seen: UpgradedCluster): readonly Problem[] {
  return rules.flatMap((rule) => rule(seen));
}

const rules: readonly ((seen: UpgradedCluster) => readonly Problem[])[] = [
  notReady,
  removedApis,
  podSecurityPolicies,
  lostArguments,
  deadWebhooks,
  budgetsThatHold,
  hostsLimits,
  singles,
];

/** kubeadm ControlPlaneNodesReady (app/phases/upgrade/health.go); of workers it is told. */
function notReady({ nodes }: UpgradedCluster): readonly Problem[] {
  return nodes.flatMap((node) => {
    if (isReady(node)) return [];
    const message = `node ${node.metadata.name} is not Ready`;
    const mend = `kubectl describe node ${node.metadata.name}; kinit node remove ${node.metadata.name} takes a dead one out`;
    return [
      isControlPlaneNode(node)
        ? failure('ControlPlaneNodesReady', message, { mend })
        : warning('NodesReady', message, { mend }),
    ];
  });
}

/**
 * APIs that somebody has asked for since the API server started, and that the target no longer serves
 * (https://kubernetes.io/docs/reference/using-api/deprecation-guide/: apiserver_requested_deprecated_apis, from v1.19 on).
 */
function removedApis({ metrics = '', to }: UpgradedCluster): readonly Problem[] {
  const gone = new Map<string, string>();
  for (const line of metrics.split('\n')) {
    const labels = /^apiserver_requested_deprecated_apis\{([^}]*)\} 1/.exec(line)?.[1];
    if (labels === undefined) continue;
    const label = (name: string) => new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? '';
    const minor = Number(/^1\.(\d+)$/.exec(label('removed_release'))?.[1] ?? Number.POSITIVE_INFINITY);
    // PodSecurityPolicies have a rule of their own.
    if (minor > to.minor || label('resource') === 'podsecuritypolicies') continue;
    const group = label('group') === '' ? 'v1' : `${label('group')}/${label('version')}`;
    gone.set(`${label('resource')} of ${group}`, `v1.${minor}`);
  }
  return [...gone].map(([what, release]) =>
    warning('RemovedAPI', `${what} is asked for, and is gone from ${release} on`, {
      mend: 'find who asks for it (the audit log, or charts and manifests) and move that to the newer version before',
    }),
  );
}

/** https://kubernetes.io/docs/tasks/configure-pod-container/migrate-from-psp/ */
function podSecurityPolicies({ podSecurityPolicies: all, from, to }: UpgradedCluster): readonly Problem[] {
  const isServed = (version: Version) => releaseFor(version).upgrade.podSecurityPolicies;
  if (all.length === 0 || !isServed(from) || isServed(to)) return [];
  const names = firstOf(all.map(({ metadata }) => metadata.name));
  return [
    failure(
      'PodSecurityPolicy',
      `PodSecurityPolicies are gone with v1.25, and nothing holds pods in their place: ${names}`,
      {
        mend: 'https://kubernetes.io/docs/tasks/configure-pod-container/migrate-from-psp/, then kubectl delete psp --all',
      },
    ),
  ];
}

/** A component with an argument that its next version has not got does not start. */
function lostArguments({ cluster, through }: UpgradedCluster): readonly Problem[] {
  const found = new Map<string, Problem>();
  for (const version of through) {
    const release = releaseFor(version);
    const report = (path: readonly (string | number)[] | string, message: string) => {
      const place = typeof path === 'string' ? path : path.join('.');
      const name = `${place} ${message}`;
      if (found.has(name)) return;
      const mend = 'kubectl -n kube-system edit configmap kubeadm-config';
      found.set(name, failure('RemovedArgument', `kubeadm-config ${place}: ${message}`, { mend }));
    };
    const { apiServer, controllerManager, scheduler, etcd } = cluster;
    const parts = [
      ['kube-apiserver', 'apiServer', apiServer],
      ['kube-controller-manager', 'controllerManager', controllerManager],
      ['kube-scheduler', 'scheduler', scheduler],
    ] as const;
    for (const [component, field, { extraArgs }] of parts) {
      checkArguments(component, extraArgs, { path: [field, 'extraArgs'], release, report });
    }
    if (etcd.local) checkEtcdArguments(etcd.local, release, report);
  }
  return [...found.values()];
}

interface Webhook {
  readonly name: string;
  readonly failurePolicy?: string;
  readonly clientConfig?: { readonly service?: { readonly namespace: string; readonly name: string } };
}

/** A webhook that must answer, and that nobody is there for: the pods of an upgrade do not come up. */
function deadWebhooks({ webhooks, servedServices }: UpgradedCluster): readonly Problem[] {
  return webhooks.flatMap((configuration) => {
    const hooks = (configuration['webhooks'] ?? []) as readonly Webhook[];
    const { kind, metadata } = configuration;
    return hooks.flatMap(({ name, failurePolicy = 'Fail', clientConfig }) => {
      const service = clientConfig?.service;
      if (failurePolicy !== 'Fail' || service === undefined) return [];
      if (servedServices.has(`${service.namespace}/${service.name}`)) return [];
      const message = `webhook ${name} has to answer, and nobody is behind its Service ${service.namespace}/${service.name}`;
      return [
        failure('DeadWebhook', message, {
          mend: `bring its pods back, or kubectl delete ${kind.toLowerCase()} ${metadata.name}`,
        }),
      ];
    });
  });
}

/** A budget that never lets a pod go: its node is not drained. */
function budgetsThatHold({ budgets, drained }: UpgradedCluster): readonly Problem[] {
  if (drained.length === 0) return [];
  return budgets.flatMap((budget) => {
    const { disruptionsAllowed, expectedPods = 0 } = (budget['status'] ?? {}) as {
      readonly disruptionsAllowed?: number;
      readonly expectedPods?: number;
    };
    if (disruptionsAllowed !== 0 || expectedPods === 0) return [];
    const { namespace = 'default', name } = budget.metadata;
    const message = `the PodDisruptionBudget ${namespace}/${name} lets none of its ${expectedPods} pods go at the moment`;
    return [
      warning('PodDisruptionBudget', message, {
        mend: `more replicas, or a looser budget: kubectl -n ${namespace} edit pdb ${name}`,
      }),
    ];
  });
}

/** The way ends at the first version that a host does not carry: nothing is begun then. What its Node tells of it. */
function hostsLimits({ nodes, through, leavers }: UpgradedCluster): readonly Problem[] {
  const traits = (node: KubeObject): MachineTraits =>
    leavers.has(node.metadata.name)
      ? { ...traitsOf(node), runtime: { kind: 'other', version: undefined } }
      : traitsOf(node);
  return limitsAhead(new Map(nodes.map((node) => [node.metadata.name, traits(node)])), through);
}

/** Versions on the way that a machine cannot run, by its node's name: the first of each, and all machines of a kind in one. */
export function limitsAhead(
  machines: ReadonlyMap<string, MachineTraits>,
  through: readonly Version[],
): readonly Problem[] {
  const found = new Map<string, string[]>();
  for (const [name, machine] of machines) {
    const stops = through.flatMap((version, at) => {
      const errors = limitsOf(machine, version).filter(({ severity }) => severity === 'error');
      const before = through[at - 1];
      const far = before === undefined ? '' : ` (${before.text} is as far as it goes)`;
      return errors.map(({ message }) => `cannot go to ${version.text}${far}: ${message}`);
    });
    const [first] = stops;
    if (first !== undefined) found.set(first, [...(found.get(first) ?? []), name]);
  }
  return [...found].map(([message, names]) =>
    failure('HostLimits', `${firstOf(names)} ${message}`, {
      mend: 'mend that on the hosts, or upgrade only as far as they go: --to',
    }),
  );
}

function traitsOf(node: KubeObject): MachineTraits {
  const { nodeInfo = {} } = (node['status'] ?? {}) as {
    readonly nodeInfo?: { readonly kernelVersion?: string; readonly containerRuntimeVersion?: string };
  };
  const [, kind = '', version] = /^(\w[\w-]*):\/\/(.*)$/.exec(nodeInfo.containerRuntimeVersion ?? '') ?? [];
  return {
    // A Node that tells none hinders nobody.
    kernel: nodeInfo.kernelVersion ?? '6.1.0',
    cgroup: undefined,
    allowCgroupV1: false,
    runtime: { kind: kind === 'docker' || kind === 'containerd' ? kind : 'other', version },
  };
}

/** Nobody serves while their one pod is moved. */
function singles({ deployments, drained }: UpgradedCluster): readonly Problem[] {
  if (drained.length === 0) return [];
  const alone = deployments.filter(({ metadata, ...deployment }) => {
    const { replicas = 1 } = (deployment['spec'] ?? {}) as { replicas?: number };
    return replicas === 1 && metadata.namespace !== 'kube-system';
  });
  if (alone.length === 0) return [];
  const names = alone.map(({ metadata }) => `${metadata.namespace ?? 'default'}/${metadata.name}`);
  const some = `${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`;
  return [
    warning('SingleReplica', `away while their only pod moves to another node: ${some}`, {
      mend: 'kubectl scale deployment NAME --replicas=2',
    }),
  ];
}
