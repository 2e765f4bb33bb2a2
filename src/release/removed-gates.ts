import { type Row, upTo, type Verified } from './table.ts';
import type { Version } from './version.ts';

export const verified: Verified = {
  table: 'removedGates',
  upTo: 37,
  source: 'release notes of v1.37 (all components); its source was not seen',
};

/** Feature gates of Kubernetes' components (not kubeadm's own) that are gone at `version`: naming one stops them. */
export function removedComponentGates(version: Version): ReadonlyMap<string, string> {
  const rows = upTo(
    gates.map(({ from, value, source }) => ({ from, value: { from, names: value.split(' ') }, source })),
    version,
  );
  return new Map(rows.flatMap(({ from, names }) => names.map((name) => [name, `v${from}`] as const)));
}

/**
 * Those of them that a configuration is refused for. What kubeadm lets pass that went before v1.37 is the user's: it is named
 * where a cluster that runs would be taken to a version without it.
 */
export function refusedGates(version: Version): ReadonlyMap<string, string> {
  return new Map([...removedComponentGates(version)].filter(([, since]) => since === 'v1.37'));
}

/** Its column "To" is the last release that takes them; what v1.20.2 and v1.34.9 have was held against their sources. */
const page = 'kubernetes.io/docs/reference/command-line-tools-reference/feature-gates-removed';

/** By the release without them; names with a space between. */
const gates: readonly Row<string>[] = [
  {
    from: '1.19',
    value: [
      'CustomResourceDefaulting CustomResourcePublishOpenAPI CustomResourceSubresources',
      'CustomResourceValidation CustomResourceWebhookConversion PodPriority ResourceQuotaScopeSelectors',
      'ScheduleDaemonSetPods TaintNodesByCondition',
    ].join(' '),
    source: page,
  },
  {
    from: '1.20',
    value: [
      'DynamicAuditing PodShareProcessNamespace ResourceLimitsPriorityFunction ServiceLoadBalancerFinalizer',
      'SupportIPVSProxyMode TaintBasedEvictions',
    ].join(' '),
    source: page,
  },
  {
    from: '1.21',
    value: 'HyperVContainer WindowsGMSA WindowsRunAsUserName',
    source: page,
  },
  {
    from: '1.22',
    value: [
      'AttachVolumeLimit BlockVolume CSIBlockVolume CSIDriverRegistry CSIMigrationAWSComplete',
      'CSIMigrationAzureDiskComplete CSIMigrationAzureFileComplete CSIMigrationGCEComplete',
      'CSIMigrationOpenStackComplete EvenPodsSpread RotateKubeletClientCertificate TokenRequest',
      'TokenRequestProjection VolumePVCDataSource',
    ].join(' '),
    source: page,
  },
  {
    from: '1.23',
    value: [
      'BalanceAttachedNodeVolumes CRIContainerLogRotation CSIMigrationvSphereComplete CSINodeInfo',
      'ExternalPolicyForExternalIP LegacyNodeRoleBehavior NodeDisruptionExclusion RootCAConfigMap',
      'RunAsGroup SCTPSupport ServiceAppProtocol ServiceNodeExclusion ServiceTopology Sysctls',
      'VolumeSnapshotDataSource',
    ].join(' '),
    source: page,
  },
  {
    from: '1.24',
    value: [
      'BoundServiceAccountTokenVolume CronJobControllerV2 NamespaceDefaultLabelName NodeLease',
      'ServiceAccountIssuerDiscovery StartupProbe SupportNodePidsLimit SupportPodPidsLimit',
    ].join(' '),
    source: page,
  },
  {
    from: '1.25',
    value: [
      'CSIServiceAccountToken EndpointSlice EndpointSliceNodeName EndpointSliceProxying',
      'GenericEphemeralVolume HugePageStorageMediumSize ImmutableEphemeralVolumes',
      'IngressClassNamespacedParams IPv6DualStack RuntimeClass SetHostnameAsFQDN',
      'StorageObjectInUseProtection StreamingProxyRedirects TTLAfterFinished ValidateProxyRedirects',
      'VolumeSubpath WarningHeaders WindowsEndpointSliceProxying',
    ].join(' '),
    source: page,
  },
  {
    from: '1.26',
    value: [
      'AllowInsecureBackendProxy ConfigurableFSGroupPolicy CSIMigrationOpenStack CSIVolumeFSGroupPolicy',
      'CSRDuration DefaultPodTopologySpread DynamicKubeletConfig IndexedJob NonPreemptingPriority',
      'PodAffinityNamespaceSelector PodDisruptionBudget PodOverhead PreferNominatedNode SelectorIndex',
      'ServiceLBNodePortControl ServiceLoadBalancerClass SuspendJob',
    ].join(' '),
    source: page,
  },
  {
    from: '1.27',
    value: [
      'ControllerManagerLeaderMigration CSIInlineVolume CSIMigration CSIMigrationAWS CSIMigrationAzureDisk',
      'EphemeralContainers ExpandCSIVolumes ExpandInUsePersistentVolumes ExpandPersistentVolumes',
      'IdentifyPodOS LocalStorageCapacityIsolation NetworkPolicyEndPort StatefulSetMinReadySeconds',
    ].join(' '),
    source: page,
  },
  {
    from: '1.28',
    value: [
      'AdvancedAuditing CSIMigrationGCE CSIStorageCapacity DelegateFSGroupToCSIDriver DevicePlugins',
      'DisableAcceleratorUsageMetrics DryRun EndpointSliceTerminatingCondition MixedProtocolLBService',
      'NetworkPolicyStatus PodHasNetworkCondition PodSecurity ServiceInternalTrafficPolicy',
      'ServiceIPStaticSubrange UserNamespacesStatelessPodsSupport WindowsHostProcessContainers',
    ].join(' '),
    source: page,
  },
  {
    from: '1.29',
    value: [
      'CronJobTimeZone CSIMigrationvSphere DaemonSetUpdateSurge DownwardAPIHugePages GRPCContainerProbe',
      'JobMutableNodeSchedulingDirectives JobTrackingWithFinalizers KubeletCredentialProviders',
      'LegacyServiceAccountTokenNoAutoGeneration MultiCIDRRangeAllocator OpenAPIV3',
      'ProbeTerminationGracePeriod RetroactiveDefaultStorageClass SeccompDefault TopologyManager',
    ].join(' '),
    source: page,
  },
  {
    from: '1.30',
    value: [
      'CSIMigrationAzureFile ExpandedDNSConfig ExperimentalHostUserNamespaceDefaulting KubeletPodResources',
      'LegacyServiceAccountTokenTracking ProxyTerminatingEndpoints RemoveSelfLink',
    ].join(' '),
    source: page,
  },
  {
    from: '1.31',
    value: 'APIPriorityAndFairness ReadWriteOncePod',
    source: page,
  },
  {
    from: '1.32',
    value: 'HPAContainerMetrics KMSv2 MinDomainsInPodTopologySpread ServerSideApply ValidatingAdmissionPolicy',
    source: page,
  },
  {
    from: '1.33',
    value: [
      'AdmissionWebhookMatchConditions AggregatedDiscoveryEndpoint APIListChunking AppArmor',
      'DisableCloudProviders RemainingItemCount WatchBookmark',
    ].join(' '),
    source: page,
  },
  {
    from: '1.34',
    value: 'CPUManager EfficientWatchResumption',
    source: 'not in kubernetes v1.34.9 pkg/features; in which release they went before was not looked up',
  },
  {
    from: '1.35',
    value: [
      'AllowServiceLBStatusOnNonLB ComponentSLIs CronJobsScheduledAnnotation LoadBalancerIPMode',
      'PodIndexLabel ProbeHostPodSecurityStandards SizeMemoryBackedVolumes StatefulSetAutoDeletePVC',
      'StrictCostEnforcementForVAP StrictCostEnforcementForWebhooks UserNamespacesPodSecurityStandards',
    ].join(' '),
    source: 'kubernetes v1.35.6 pkg/features, beside v1.34.9',
  },
  {
    from: '1.36',
    value: [
      'CSIMigrationPortworx HonorPVReclaimPolicy InPlacePodVerticalScalingAllocatedStatus',
      'InTreePluginPortworxUnregister MemoryManager ServiceTrafficDistribution',
      'StructuredAuthorizationConfiguration TopologyAwareHints WatchFromStorageWithoutResourceVersion',
    ].join(' '),
    source: 'kubernetes v1.36.3 pkg/features, beside v1.35.6',
  },
  {
    from: '1.37',
    value: 'AnyVolumeDataSource SidecarContainers',
    source: 'release notes 1.37: kubernetes/kubernetes#135336, #137755',
  },
];
