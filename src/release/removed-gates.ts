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

/** Its columns are a release off here and there; from v1.21 on the sources themselves were held against each other. */
const page = 'kubernetes.io/docs/reference/command-line-tools-reference/feature-gates-removed';

const between = (without: string, last: string) =>
  `kubernetes ${without} pkg/features and those of its staging repositories, beside ${last}`;

/** By the release without them; names with a space between. */
const gates: readonly Row<string>[] = [
  {
    from: '1.19',
    value: [
      'CustomResourceDefaulting CustomResourcePublishOpenAPI CustomResourceSubresources',
      'CustomResourceValidation CustomResourceWebhookConversion DynamicAuditing PodPriority',
      'ResourceQuotaScopeSelectors ScheduleDaemonSetPods TaintNodesByCondition',
    ].join(' '),
    source: page,
  },
  {
    from: '1.20',
    value: [
      'PodShareProcessNamespace ResourceLimitsPriorityFunction ServiceLoadBalancerFinalizer',
      'SupportIPVSProxyMode TaintBasedEvictions',
    ].join(' '),
    source: page,
  },
  {
    from: '1.21',
    value: [
      'AttachVolumeLimit BlockVolume CSIBlockVolume CSIDriverRegistry CSIMigrationAWSComplete',
      'CSIMigrationAzureDiskComplete CSIMigrationAzureFileComplete CSIMigrationGCEComplete',
      'CSIMigrationOpenStackComplete CSINodeInfo EvenPodsSpread HyperVContainer RotateKubeletClientCertificate',
      'TokenRequest TokenRequestProjection VolumePVCDataSource WindowsGMSA WindowsRunAsUserName',
    ].join(' '),
    source: between('v1.21.1', 'v1.20.9'),
  },
  {
    from: '1.22',
    value: [
      'CRIContainerLogRotation CSIMigrationvSphereComplete ExternalPolicyForExternalIP LegacyNodeRoleBehavior',
      'NodeDisruptionExclusion RootCAConfigMap RunAsGroup SCTPSupport ServiceAccountIssuerDiscovery',
      'ServiceNodeExclusion VolumeSnapshotDataSource',
    ].join(' '),
    source: 'kubernetes v1.21.1 says of them that they go with v1.22 or before; not in v1.23.1',
  },
  {
    from: '1.23',
    value: [
      'AllowInsecureBackendProxy BalanceAttachedNodeVolumes BoundServiceAccountTokenVolume CronJobControllerV2',
      'NodeLease ServiceAppProtocol ServiceTopology StartupProbe SupportNodePidsLimit SupportPodPidsLimit',
      'Sysctls',
    ].join(' '),
    source: between('v1.23.1', 'v1.21.1'),
  },
  {
    from: '1.24',
    value: [
      'csiMigrationRBD HugePageStorageMediumSize ImmutableEphemeralVolumes NamespaceDefaultLabelName',
      'RuntimeClass SetHostnameAsFQDN StreamingProxyRedirects ValidateProxyRedirects WarningHeaders',
    ].join(' '),
    source: between('v1.24.0', 'v1.23.1'),
  },
  {
    from: '1.25',
    value: [
      'ConfigurableFSGroupPolicy CSIServiceAccountToken CSIVolumeFSGroupPolicy EndpointSlice',
      'EndpointSliceNodeName EndpointSliceProxying GenericEphemeralVolume IngressClassNamespacedParams',
      'IPv6DualStack PodDisruptionBudget SelectorIndex StorageObjectInUseProtection TTLAfterFinished',
      'VolumeSubpath WindowsEndpointSliceProxying',
    ].join(' '),
    source: between('v1.25.9', 'v1.24.0'),
  },
  {
    from: '1.26',
    value: [
      'CSIMigrationOpenStack CSRDuration DefaultPodTopologySpread DynamicKubeletConfig IndexedJob',
      'NonPreemptingPriority PodAffinityNamespaceSelector PodOverhead PreferNominatedNode',
      'ServiceLBNodePortControl ServiceLoadBalancerClass SuspendJob',
    ].join(' '),
    source: between('v1.26.4', 'v1.25.9'),
  },
  {
    from: '1.27',
    value: [
      'ControllerManagerLeaderMigration CSIInlineVolume CSIMigration CSIMigrationAWS CSIMigrationAzureDisk',
      'DaemonSetUpdateSurge EphemeralContainers ExpandCSIVolumes ExpandInUsePersistentVolumes',
      'ExpandPersistentVolumes IdentifyPodOS LocalStorageCapacityIsolation NetworkPolicyEndPort',
      'StatefulSetMinReadySeconds',
    ].join(' '),
    source: between('v1.27.16', 'v1.26.4'),
  },
  {
    from: '1.28',
    value: [
      'AdvancedAuditing CSIMigrationGCE CSIStorageCapacity DelegateFSGroupToCSIDriver DevicePlugins',
      'DisableAcceleratorUsageMetrics DryRun EndpointSliceTerminatingCondition KubeletCredentialProviders',
      'MixedProtocolLBService NetworkPolicyStatus PodHasNetworkCondition PodSecurity',
      'ServiceInternalTrafficPolicy ServiceIPStaticSubrange UserNamespacesStatelessPodsSupport',
      'WindowsHostProcessContainers',
    ].join(' '),
    source: between('v1.28.15', 'v1.27.16'),
  },
  {
    from: '1.29',
    value: [
      'CronJobTimeZone CSIMigrationvSphere DownwardAPIHugePages GRPCContainerProbe',
      'JobMutableNodeSchedulingDirectives JobTrackingWithFinalizers KubeletPodResourcesGetAllocatable',
      'LegacyServiceAccountTokenNoAutoGeneration MultiCIDRRangeAllocator OpenAPIV3 ProbeTerminationGracePeriod',
      'RetroactiveDefaultStorageClass SeccompDefault TopologyManager',
    ].join(' '),
    source: between('v1.29.14', 'v1.28.15'),
  },
  {
    from: '1.30',
    value: [
      'APISelfSubjectReview CSIMigrationAzureFile ExpandedDNSConfig ExperimentalHostUserNamespaceDefaulting',
      'IPTablesOwnershipCleanup KubeletPodResources LegacyServiceAccountTokenTracking MinimizeIPTablesRestore',
      'ProxyTerminatingEndpoints RemoveSelfLink SecurityContextDeny',
    ].join(' '),
    source: between('v1.30.14', 'v1.29.14'),
  },
  {
    from: '1.31',
    value: [
      'APIPriorityAndFairness ConsistentHTTPGetHandlers CSIMigrationRBD CSINodeExpandSecret',
      'CustomResourceValidationExpressions DefaultHostNetworkHostPortsInPodTemplates InTreePluginAWSUnregister',
      'InTreePluginAzureDiskUnregister InTreePluginAzureFileUnregister InTreePluginGCEUnregister',
      'InTreePluginOpenStackUnregister InTreePluginRBDUnregister InTreePluginvSphereUnregister JobReadyPods',
      'ReadWriteOncePod ServiceNodePortStaticSubrange SkipReadOnlyValidationGCE',
    ].join(' '),
    source: between('v1.31.14', 'v1.30.14'),
  },
  {
    from: '1.32',
    value: [
      'CloudDualStackNodeIPs DRAControlPlaneController HPAContainerMetrics KMSv2 KMSv2KDF',
      'LegacyServiceAccountTokenCleanUp MinDomainsInPodTopologySpread NewVolumeManagerReconstruction',
      'NodeOutOfServiceVolumeDetach PodHostIPs ServerSideApply ServerSideFieldValidation',
      'StableLoadBalancerNodeSet ValidatingAdmissionPolicy ZeroLimitedNominalConcurrencyShares',
    ].join(' '),
    source: between('v1.32.13', 'v1.31.14'),
  },
  {
    from: '1.33',
    value: [
      'AdmissionWebhookMatchConditions AggregatedDiscoveryEndpoint APIListChunking AppArmor AppArmorFields',
      'CPUManager DisableCloudProviders DisableKubeletCloudCredentialProviders EfficientWatchResumption',
      'JobPodFailurePolicy KubeProxyDrainingTerminatingNodes PDBUnhealthyPodEvictionPolicy',
      'PersistentVolumeLastPhaseTransitionTime RemainingItemCount VolumeCapacityPriority WatchBookmark',
    ].join(' '),
    source: between('v1.33.13', 'v1.32.13'),
  },
  {
    from: '1.34',
    value: [
      'DevicePluginCDIDevices ElasticIndexedJob LegacySidecarContainers PodDisruptionConditions',
      'StatefulSetStartOrdinal',
    ].join(' '),
    source: between('v1.34.9', 'v1.33.13'),
  },
  {
    from: '1.35',
    value: [
      'AllowServiceLBStatusOnNonLB ComponentSLIs CronJobsScheduledAnnotation LoadBalancerIPMode PodIndexLabel',
      'ProbeHostPodSecurityStandards SizeMemoryBackedVolumes StatefulSetAutoDeletePVC',
      'StrictCostEnforcementForVAP StrictCostEnforcementForWebhooks UserNamespacesPodSecurityStandards',
    ].join(' '),
    source: between('v1.35.6', 'v1.34.9'),
  },
  {
    from: '1.36',
    value: [
      'CSIMigrationPortworx HonorPVReclaimPolicy InPlacePodVerticalScalingAllocatedStatus',
      'InTreePluginPortworxUnregister MemoryManager ServiceTrafficDistribution',
      'StructuredAuthorizationConfiguration TopologyAwareHints WatchFromStorageWithoutResourceVersion',
    ].join(' '),
    source: between('v1.36.3', 'v1.35.6'),
  },
  {
    from: '1.37',
    value: 'AnyVolumeDataSource PreventStaticPodAPIReferences SidecarContainers',
    source: 'release notes 1.37: kubernetes/kubernetes#135336, #137755, #140226',
  },
];
