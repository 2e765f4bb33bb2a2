import { type Row, upTo } from './table.ts';
import type { Version } from './version.ts';

/** The fields of kubelet.config.k8s.io/v1beta1 KubeletConfiguration at `version`. */
export function kubeletFields(version: Version): readonly string[] {
  return upTo(fieldsByMinor, version).flatMap((names) => names.trim().split(/\s+/));
}

const types = 'k8s.io/kubelet config/v1beta1/types.go, branch release-';

/** Which fields came with which minor; none has ever gone. */
const fieldsByMinor: readonly Row<string>[] = [
  {
    from: '1.18',
    value: `
      address allowedUnsafeSysctls authentication authorization cgroupDriver cgroupRoot cgroupsPerQOS clusterDNS
      clusterDomain configMapAndSecretChangeDetectionStrategy containerLogMaxFiles containerLogMaxSize contentType
      cpuCFSQuota cpuCFSQuotaPeriod cpuManagerPolicy cpuManagerReconcilePeriod enableContentionProfiling
      enableControllerAttachDetach enableDebuggingHandlers enforceNodeAllocatable eventBurst eventRecordQPS
      evictionHard evictionMaxPodGracePeriod evictionMinimumReclaim evictionPressureTransitionPeriod evictionSoft
      evictionSoftGracePeriod failSwapOn featureGates fileCheckFrequency hairpinMode healthzBindAddress healthzPort
      httpCheckFrequency imageGCHighThresholdPercent imageGCLowThresholdPercent imageMinimumGCAge iptablesDropBit
      iptablesMasqueradeBit kubeAPIBurst kubeAPIQPS kubeReserved kubeReservedCgroup kubeletCgroups
      makeIPTablesUtilChains maxOpenFiles maxPods nodeLeaseDurationSeconds nodeStatusReportFrequency
      nodeStatusUpdateFrequency oomScoreAdj podCIDR podPidsLimit podsPerCore port protectKernelDefaults qosReserved
      readOnlyPort registryBurst registryPullQPS reservedSystemCPUs resolvConf rotateCertificates
      runtimeRequestTimeout serializeImagePulls serverTLSBootstrap showHiddenMetricsForVersion staticPodPath
      staticPodURL staticPodURLHeader streamingConnectionIdleTimeout syncFrequency systemCgroups systemReserved
      systemReservedCgroup tlsCertFile tlsCipherSuites tlsMinVersion tlsPrivateKeyFile topologyManagerPolicy
      volumeStatsAggPeriod
    `,
    source: `${types}1.18`,
  },
  {
    from: '1.19',
    value: `
      enableServer enableSystemLogHandler kernelMemcgNotification logging nodeStatusMaxImages providerID runOnce
      volumePluginDir
    `,
    source: `${types}1.19`,
  },
  {
    from: '1.20',
    value: 'shutdownGracePeriod shutdownGracePeriodCriticalPods topologyManagerScope',
    source: `${types}1.20`,
  },
  {
    from: '1.21',
    value: 'enableDebugFlagsHandler enableProfilingHandler memoryManagerPolicy reservedMemory',
    source: `${types}1.21`,
  },
  {
    from: '1.22',
    value: 'cpuManagerPolicyOptions memorySwap memoryThrottlingFactor seccompDefault',
    source: `${types}1.22`,
  },
  {
    from: '1.23',
    value: 'registerNode registerWithTaints shutdownGracePeriodByPodPriority',
    source: `${types}1.23`,
  },
  {
    from: '1.25',
    value: 'localStorageCapacityIsolation tracing',
    source: `${types}1.25`,
  },
  {
    from: '1.26',
    value: 'topologyManagerPolicyOptions',
    source: `${types}1.26`,
  },
  {
    from: '1.27',
    value: 'containerRuntimeEndpoint enableSystemLogQuery imageServiceEndpoint maxParallelImagePulls',
    source: `${types}1.27`,
  },
  {
    from: '1.29',
    value: 'imageMaximumGCAge',
    source: `${types}1.29`,
  },
  {
    from: '1.30',
    value: 'containerLogMaxWorkers containerLogMonitorInterval podLogsDir',
    source: `${types}1.30`,
  },
  {
    from: '1.31',
    value: 'failCgroupV1',
    source: `${types}1.31`,
  },
  {
    from: '1.32',
    value: 'crashLoopBackOff singleProcessOOMKill',
    source: `${types}1.32`,
  },
  {
    from: '1.33',
    value: `
      imagePullCredentialsVerificationPolicy mergeDefaultEvictionSettings preloadedImagesVerificationAllowlist
      userNamespaces
    `,
    source: `${types}1.33`,
  },
  {
    from: '1.36',
    value: 'memoryReservationPolicy tlsCurvePreferences',
    source: `${types}1.36`,
  },
];
