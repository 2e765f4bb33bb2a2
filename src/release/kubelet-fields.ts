import { type FieldsByType, type Structure, struct } from './go-types.ts';
import { loggingFields } from './logging-fields.ts';
import { pick, type Row, upTo, type Verified } from './table.ts';
import type { Version } from './version.ts';

export const verified: Verified = {
  table: 'kubeletFields',
  upTo: 37,
  source: 'k8s.io/kubelet of 2026-07-23, after v0.37.0-beta.0',
};

/** The fields of kubelet.config.k8s.io/v1beta1 KubeletConfiguration at `version`, with their types. */
export function kubeletFields(version: Version): Structure {
  return Object.assign(
    struct({ string: 'apiVersion kind' }),
    ...upTo(fieldsByMinor, version).map((byType) => struct(byType)),
    ...upTo(structuresByMinor, version),
    pick(logging, version) ? { logging: loggingFields(version) } : {},
  );
}

/** What Go prints even where it is empty, having no `omitempty`; of other fields it prints structs alone. */
export const kubeletFieldsPrintedEmpty: readonly string[] = ['containerRuntimeEndpoint', 'flushFrequency', 'verbosity'];

const types = 'k8s.io/kubelet config/v1beta1/types.go, branch release-';

/** Which fields came with which minor; none has ever gone, and resolvConf alone came again as another type. */
const fieldsByMinor: readonly Row<FieldsByType>[] = [
  {
    from: '1.18',
    value: {
      string: `
        address cgroupDriver cgroupRoot clusterDomain configMapAndSecretChangeDetectionStrategy containerLogMaxSize
        contentType cpuManagerPolicy hairpinMode healthzBindAddress kubeReservedCgroup kubeletCgroups podCIDR
        reservedSystemCPUs resolvConf showHiddenMetricsForVersion staticPodPath staticPodURL systemCgroups
        systemReservedCgroup tlsCertFile tlsMinVersion tlsPrivateKeyFile topologyManagerPolicy
      `,
      bool: 'enableContentionProfiling protectKernelDefaults rotateCertificates serverTLSBootstrap',
      '*bool': `
        cgroupsPerQOS cpuCFSQuota enableControllerAttachDetach enableDebuggingHandlers failSwapOn
        makeIPTablesUtilChains serializeImagePulls
      `,
      int32: `
        eventBurst evictionMaxPodGracePeriod kubeAPIBurst maxPods nodeLeaseDurationSeconds podsPerCore port
        readOnlyPort registryBurst
      `,
      '*int32': `
        containerLogMaxFiles eventRecordQPS healthzPort imageGCHighThresholdPercent imageGCLowThresholdPercent
        iptablesDropBit iptablesMasqueradeBit kubeAPIQPS oomScoreAdj registryPullQPS
      `,
      int64: 'maxOpenFiles',
      '*int64': 'podPidsLimit',
      'metav1.Duration': `
        cpuManagerReconcilePeriod evictionPressureTransitionPeriod fileCheckFrequency httpCheckFrequency
        imageMinimumGCAge nodeStatusReportFrequency nodeStatusUpdateFrequency runtimeRequestTimeout
        streamingConnectionIdleTimeout syncFrequency volumeStatsAggPeriod
      `,
      '*metav1.Duration': 'cpuCFSQuotaPeriod',
      '[]string': 'allowedUnsafeSysctls clusterDNS enforceNodeAllocatable tlsCipherSuites',
      'map[string]bool': 'featureGates',
      'map[string]string': `
        evictionHard evictionMinimumReclaim evictionSoft evictionSoftGracePeriod kubeReserved qosReserved
        systemReserved
      `,
      'map[string][]string': 'staticPodURLHeader',
    },
    source: `${types}1.18`,
  },
  {
    from: '1.19',
    value: {
      string: 'providerID volumePluginDir',
      bool: 'kernelMemcgNotification runOnce',
      '*bool': 'enableServer enableSystemLogHandler',
      '*int32': 'nodeStatusMaxImages',
    },
    source: `${types}1.19`,
  },
  {
    from: '1.20',
    value: {
      string: 'topologyManagerScope',
      'metav1.Duration': 'shutdownGracePeriod shutdownGracePeriodCriticalPods',
    },
    source: `${types}1.20`,
  },
  {
    from: '1.21',
    value: { string: 'memoryManagerPolicy', '*bool': 'enableDebugFlagsHandler enableProfilingHandler' },
    source: `${types}1.21`,
  },
  {
    from: '1.22',
    value: {
      '*bool': 'seccompDefault',
      '*float64': 'memoryThrottlingFactor',
      'map[string]string': 'cpuManagerPolicyOptions',
    },
    source: `${types}1.22`,
  },
  { from: '1.23', value: { '*string': 'resolvConf', '*bool': 'registerNode' }, source: `${types}1.23` },
  { from: '1.25', value: { '*bool': 'localStorageCapacityIsolation' }, source: `${types}1.25` },
  { from: '1.26', value: { 'map[string]string': 'topologyManagerPolicyOptions' }, source: `${types}1.26` },
  {
    from: '1.27',
    value: {
      string: 'containerRuntimeEndpoint imageServiceEndpoint',
      '*bool': 'enableSystemLogQuery',
      '*int32': 'maxParallelImagePulls',
    },
    source: `${types}1.27`,
  },
  { from: '1.29', value: { 'metav1.Duration': 'imageMaximumGCAge' }, source: `${types}1.29` },
  {
    from: '1.30',
    value: {
      string: 'podLogsDir',
      '*int32': 'containerLogMaxWorkers',
      '*metav1.Duration': 'containerLogMonitorInterval',
    },
    source: `${types}1.30`,
  },
  { from: '1.31', value: { '*bool': 'failCgroupV1' }, source: `${types}1.31` },
  { from: '1.32', value: { '*bool': 'singleProcessOOMKill' }, source: `${types}1.32` },
  {
    from: '1.33',
    value: {
      string: 'imagePullCredentialsVerificationPolicy',
      '*bool': 'mergeDefaultEvictionSettings',
      '[]string': 'preloadedImagesVerificationAllowlist',
    },
    source: `${types}1.33`,
  },
  {
    from: '1.36',
    value: { string: 'memoryReservationPolicy', '[]int32': 'tlsCurvePreferences' },
    source: `${types}1.36`,
  },
  {
    from: '1.37',
    value: { 'map[string]string': 'defaultPodSysctls' },
    source: 'release notes 1.37: kubernetes/kubernetes#140052; k8s.io/kubelet of 2026-07-23, after v0.37.0-beta.0',
  },
];

const authentication: Structure = {
  anonymous: struct({ '*bool': 'enabled' }),
  webhook: struct({ '*bool': 'enabled', 'metav1.Duration': 'cacheTTL' }),
  x509: struct({ string: 'clientCAFile' }),
};
const webhookAuthorization = struct({ 'metav1.Duration': 'cacheAuthorizedTTL cacheUnauthorizedTTL' });
const authorization = struct({ string: 'mode' }, { webhook: webhookAuthorization });
const memoryReservation = struct({ int32: 'numaNode', 'map[string]resource.Quantity': 'limits' });
const byPodPriority = struct({ int32: 'priority', int64: 'shutdownGracePeriodSeconds' });
/** k8s.io/api core/v1 Taint. */
const taint = struct({ string: 'key value effect', '*metav1.Time': 'timeAdded' });
const tracing = struct({ '*string': 'endpoint', '*int32': 'samplingRatePerMillion' });

/** Fields that are structs, without `logging`, which kube-proxy has as well. */
const structuresByMinor: readonly Row<Structure>[] = [
  { from: '1.18', value: { authentication, authorization }, source: `${types}1.18` },
  { from: '1.21', value: { reservedMemory: ['[]', memoryReservation] }, source: `${types}1.21` },
  { from: '1.22', value: { memorySwap: struct({ string: 'swapBehavior' }) }, source: `${types}1.22` },
  {
    from: '1.23',
    value: { registerWithTaints: ['[]', taint], shutdownGracePeriodByPodPriority: ['[]', byPodPriority] },
    source: `${types}1.23`,
  },
  {
    from: '1.25',
    value: { tracing: ['*', tracing] },
    source: `${types}1.25; k8s.io/component-base tracing/api/v1/types.go`,
  },
  {
    from: '1.32',
    value: { crashLoopBackOff: struct({ '*metav1.Duration': 'maxContainerRestartPeriod' }) },
    source: `${types}1.32`,
  },
  { from: '1.33', value: { userNamespaces: ['*', struct({ '*int64': 'idsPerPod' })] }, source: `${types}1.33` },
];

const logging: readonly Row<boolean>[] = [
  { from: '1.18', value: false, source: `${types}1.18` },
  { from: '1.19', value: true, source: `${types}1.19` },
];
