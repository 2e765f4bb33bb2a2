import { formatDuration, parseDuration } from '../config/duration.ts';
import { canonicalQuantity, withCanonicalQuantities } from './quantity.ts';

type Fields = Readonly<Record<string, unknown>>;

/** `given` with what it leaves unset taken from `defaults`, at any depth; empty text and null count as unset, as in Go. */
export function fill(given: Fields, defaults: Fields): Record<string, unknown> {
  const filled: Record<string, unknown> = { ...given };
  for (const [name, value] of Object.entries(defaults)) {
    const own = filled[name];
    if (own === undefined || own === null || own === '') filled[name] = value;
    else if (isFields(own) && isFields(value)) filled[name] = fill(own, value);
  }
  return filled;
}

/** The user's fields as Go would print them: durations in their long form, zeros that Go takes for unset left out. */
export function asGoPrints(given: Fields): Record<string, unknown> {
  const kept = Object.entries(given).filter(
    ([name, value]) => value !== null && (keepsZero.has(name) || !isZero(value)),
  );
  return Object.fromEntries(kept.map(([name, value]) => [name, printed(name, value)]));
}

function printed(name: string, value: unknown): unknown {
  if (durations.has(name)) return longForm(value);
  if (isFields(value) && structures.has(name)) return asGoPrints(value);
  return quantitiesAndTaints[name]?.(value) ?? value;
}

/** resource.QuantityValue, core/v1 ResourceList and core/v1 Taint print themselves. */
const quantitiesAndTaints: Readonly<Record<string, (value: unknown) => unknown>> = {
  infoBufferSize: canonicalQuantity,
  registerWithTaints: (taints) =>
    Array.isArray(taints) ? taints.map((taint) => (isFields(taint) ? asGoPrints(taint) : taint)) : taints,
  reservedMemory: withCanonicalQuantities,
};

function longForm(value: unknown): unknown {
  const seconds = typeof value === 'string' ? parseDuration(value) : undefined;
  return seconds === undefined ? value : formatDuration(seconds);
}

function isZero(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isFields(value)) return Object.keys(value).length === 0;
  return value === 0 || value === '' || value === false;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Fields of metav1.Duration in kubelet.config.k8s.io/v1beta1. */
const durations: ReadonlySet<string> = new Set([
  'cacheAuthorizedTTL',
  'cacheTTL',
  'cacheUnauthorizedTTL',
  'containerLogMonitorInterval',
  'cpuCFSQuotaPeriod',
  'cpuManagerReconcilePeriod',
  'evictionPressureTransitionPeriod',
  'fileCheckFrequency',
  'flushFrequency',
  'httpCheckFrequency',
  'imageMaximumGCAge',
  'imageMinimumGCAge',
  'maxContainerRestartPeriod',
  'nodeStatusReportFrequency',
  'nodeStatusUpdateFrequency',
  'runtimeRequestTimeout',
  'shutdownGracePeriod',
  'shutdownGracePeriodCriticalPods',
  'streamingConnectionIdleTimeout',
  'syncFrequency',
  'volumeStatsAggPeriod',
]);

/** Structures; what else is a mapping has the user's own keys. */
const structures: ReadonlySet<string> = new Set([
  'anonymous',
  'authentication',
  'authorization',
  'crashLoopBackOff',
  'json',
  'logging',
  'memorySwap',
  'options',
  'text',
  'tracing',
  'userNamespaces',
  'webhook',
  'x509',
]);

/**
 * Fields whose zero is not the same as nothing: pointers in kubelet.config.k8s.io/v1beta1 (types.go of k8s.io/kubelet,
 * v0.18 to v0.36), in component-base's tracing, and what its logging prints always.
 */
const keepsZero: ReadonlySet<string> = new Set([
  'cgroupsPerQOS',
  'containerLogMaxFiles',
  'containerLogMaxWorkers',
  'cpuCFSQuota',
  'enableControllerAttachDetach',
  'enableDebugFlagsHandler',
  'enableDebuggingHandlers',
  'enableProfilingHandler',
  'enableServer',
  'enableSystemLogHandler',
  'enableSystemLogQuery',
  'enabled',
  'endpoint',
  'eventRecordQPS',
  'failCgroupV1',
  'failSwapOn',
  'flushFrequency',
  'healthzPort',
  'idsPerPod',
  'imageGCHighThresholdPercent',
  'imageGCLowThresholdPercent',
  'iptablesDropBit',
  'iptablesMasqueradeBit',
  'kubeAPIQPS',
  'localStorageCapacityIsolation',
  'makeIPTablesUtilChains',
  'maxParallelImagePulls',
  'memoryThrottlingFactor',
  'mergeDefaultEvictionSettings',
  'nodeStatusMaxImages',
  'oomScoreAdj',
  'podPidsLimit',
  'registerNode',
  'registryPullQPS',
  'resolvConf',
  'samplingRatePerMillion',
  'seccompDefault',
  'serializeImagePulls',
  'singleProcessOOMKill',
  'tracing',
  'userNamespaces',
  'verbosity',
]);
