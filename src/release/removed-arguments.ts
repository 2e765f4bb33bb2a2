import type { StaticPodName } from './static-pod-arguments.ts';
import { type Row, upTo, type Verified } from './table.ts';
import { tryParseVersion, type Version } from './version.ts';

export const verified: Verified = {
  table: 'removedArguments',
  upTo: 37,
  source: 'release notes of v1.37 (all components); flags of etcd v3.7.0',
};

export type ArgumentOwner = StaticPodName | 'kubelet';

/** An argument that a component no longer has: with it, the component does not start. */
export interface RemovedArgument {
  readonly name: string;
  /** What went without it: `Kubernetes v1.37`, `etcd 3.7`. */
  readonly since: string;
  /** What to write instead; undefined: nothing does the same. */
  readonly instead: string | undefined;
}

/** The arguments of Kubernetes' components that are gone at `version`, by component and name. */
export function removedArguments(version: Version): Readonly<Record<Exclude<ArgumentOwner, 'etcd'>, Removals>> {
  return {
    'kube-apiserver': gone(apiServer, version, 'Kubernetes v'),
    'kube-controller-manager': gone(controllerManager, version, 'Kubernetes v'),
    'kube-scheduler': gone(scheduler, version, 'Kubernetes v'),
    kubelet: gone(kubelet, version, 'Kubernetes v'),
  };
}

/** The arguments that the etcd of an image tag such as `3.7.0-0` no longer has; of a tag that is no version, none. */
export function removedEtcdArguments(tag: string): Removals {
  const version = tryParseVersion(tag);
  return version === undefined ? new Map() : gone(etcd, version, 'etcd ');
}

export type Removals = ReadonlyMap<string, RemovedArgument>;

/** Name -> what to write instead. */
type Gone = Readonly<Record<string, string | undefined>>;

function gone(rows: readonly Row<Gone>[], version: Version, what: string): Removals {
  const removed = upTo(withStart(rows), version).flatMap(({ from, value }) =>
    Object.entries(value).map(([name, instead]) => ({ name, since: `${what}${from}`, instead })),
  );
  return new Map(removed.map((argument) => [argument.name, argument]));
}

function withStart<T>(rows: readonly Row<T>[]): readonly Row<{ readonly from: string; readonly value: T }>[] {
  return rows.map(({ from, value, source }) => ({ from, value: { from, value }, source }));
}

const nothing = (names: string): Gone => Object.fromEntries(names.split(' ').map((name) => [name, undefined]));

const insecure = 'release notes 1.24: kubernetes/kubernetes#106859 (without effect since 1.20)';

const apiServer: readonly Row<Gone>[] = [
  { from: '1.24', value: nothing('address insecure-bind-address insecure-port port'), source: insecure },
];

const controllerManager: readonly Row<Gone>[] = [
  { from: '1.24', value: { address: 'bind-address', port: 'secure-port' }, source: insecure },
  {
    from: '1.27',
    value: nothing('enable-taint-manager pod-eviction-timeout'),
    source: 'release notes 1.27: kubernetes/kubernetes#113710',
  },
  {
    from: '1.37',
    value: nothing('concurrent-service-syncs'),
    source: 'release notes 1.37: kubernetes/kubernetes#138002; still there in v1.36.3',
  },
];

const scheduler: readonly Row<Gone>[] = [
  {
    from: '1.23',
    value: {
      ...nothing('policy-configmap policy-configmap-namespace use-legacy-policy-config'),
      'policy-config-file': 'config, with a KubeSchedulerConfiguration',
    },
    source: 'release notes 1.23: kubernetes/kubernetes#105424',
  },
  { from: '1.24', value: { address: 'bind-address', port: 'secure-port' }, source: insecure },
];

const kubelet: readonly Row<Gone>[] = [
  {
    from: '1.24',
    value: nothing(
      'cni-bin-dir cni-cache-dir cni-conf-dir docker-endpoint image-pull-progress-deadline network-plugin network-plugin-mtu',
    ),
    source: 'release notes 1.24: kubernetes/kubernetes#106907 (the dockershim and its flags)',
  },
  {
    from: '1.27',
    value: nothing('container-runtime'),
    source: 'release notes 1.27: kubernetes/kubernetes#114017',
  },
  {
    from: '1.35',
    value: nothing('pod-infra-container-image'),
    source: 'release notes 1.35: kubernetes/kubernetes#133779; not there in v1.36.3 cmd/kubelet/app/options',
  },
  {
    from: '1.37',
    value: nothing(
      [
        'application-metrics-count-limit boot-id-file container-hints containerd containerd-namespace enable-load-reader',
        'event-storage-age-limit event-storage-event-limit global-housekeeping-interval log-cadvisor-usage machine-id-file',
        'storage-driver-buffer-duration storage-driver-db storage-driver-host storage-driver-password',
        'storage-driver-secure storage-driver-table storage-driver-user',
      ].join(' '),
    ),
    source:
      'release notes 1.37: kubernetes/kubernetes#139870 (cAdvisor flags); storage-driver-* by name: v1.36.3 cmd/kubelet/app/options/globalflags_linux.go',
  },
];

const named = (names: string): Gone =>
  Object.fromEntries(names.split(' ').map((name) => [`experimental-${name}`, name]));
const asGates = (gates: Readonly<Record<string, string>>): Gone =>
  Object.fromEntries(
    Object.entries(gates).map(([name, gate]) => [`experimental-${name}`, `feature-gates: ${gate}=true`]),
  );

/** By the version of etcd. */
const etcd: readonly Row<Gone>[] = [
  {
    from: '3.6',
    value: nothing(
      [
        'enable-v2 experimental-enable-v2v3 proxy proxy-dial-timeout proxy-failure-wait proxy-read-timeout',
        'proxy-refresh-interval proxy-write-timeout',
      ].join(' '),
    ),
    source: 'etcd CHANGELOG-3.6, "Flags Removed"',
  },
  {
    from: '3.7',
    value: {
      ...named(
        [
          'bootstrap-defrag-threshold-megabytes compact-hash-check-time compaction-batch-limit compaction-sleep-interval',
          'corrupt-check-time distributed-tracing-address distributed-tracing-instance-id',
          'distributed-tracing-sampling-rate distributed-tracing-service-name downgrade-check-time',
          'enable-distributed-tracing memory-mlock peer-skip-client-san-verification snapshot-catchup-entries',
          'warning-apply-duration warning-unary-request-duration watch-progress-notify-interval',
        ].join(' '),
      ),
      ...asGates({
        'compact-hash-check-enabled': 'CompactHashCheck',
        'enable-lease-checkpoint': 'LeaseCheckpoint',
        'enable-lease-checkpoint-persist': 'LeaseCheckpointPersist',
        'initial-corrupt-check': 'InitialCorruptCheck',
        'stop-grpc-service-on-defrag': 'StopGRPCServiceOnDefrag',
        'txn-mode-write-with-shared-buffer': 'TxnModeWriteWithSharedBuffer',
      }),
      discovery: 'discovery-token and discovery-endpoints',
      'discovery-proxy': undefined,
    },
    source:
      'etcd CHANGELOG-3.7; the new names: etcd v3.6.8 server/embed/config.go, server/features/etcd_features.go; flags of v3.7.0',
  },
];
