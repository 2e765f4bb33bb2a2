import { type Gone, gone, nothing, type Removals } from './removed-arguments.ts';
import type { Row, Verified } from './table.ts';
import { tryParseVersion } from './version.ts';

export const verified: Verified = {
  table: 'removedEtcdArguments',
  upTo: 37,
  source: 'flags of etcd v3.7.0, the etcd of v1.37',
};

/** The arguments that the etcd of an image tag such as `3.7.0-0` no longer has; of a tag that is no version, none. */
export function removedEtcdArguments(tag: string): Removals {
  const version = tryParseVersion(tag);
  return version === undefined ? new Map() : gone(rows, version, 'etcd ');
}

const named = (names: string): Gone =>
  Object.fromEntries(names.split(' ').map((name) => [`experimental-${name}`, name]));
const asGates = (gates: Readonly<Record<string, string>>): Gone =>
  Object.fromEntries(
    Object.entries(gates).map(([name, gate]) => [`experimental-${name}`, `feature-gates: ${gate}=true`]),
  );

/** By the version of etcd. */
const rows: readonly Row<Gone>[] = [
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
