import { type Configuration, cluster, documentApi, init, kubelet, kubeProxy, kubernetes } from './configuration.ts';

/** Configurations of the kubelet and of kube-proxy. */
export const componentConfigurations: readonly Configuration[] = [
  {
    title: 'a kubelet configuration',
    documents: [
      init(),
      cluster({ networking: { podSubnet: '10.244.0.0/16' } }),
      kubelet({
        cgroupDriver: 'systemd',
        clusterDNS: ['169.254.20.10'],
        maxPods: 200,
        evictionHard: { 'memory.available': '5%' },
        featureGates: { RotateKubeletServerCertificate: true },
        serverTLSBootstrap: true,
        authentication: { anonymous: { enabled: true }, webhook: { cacheTTL: '30s' } },
        nodeStatusUpdateFrequency: '4s',
        imageGCHighThresholdPercent: 80,
        failSwapOn: false,
        readOnlyPort: 0,
        healthzPort: 10300,
        rotateCertificates: false,
        systemReserved: { cpu: '200m' },
      }),
    ],
  },
  {
    title: 'a kube-proxy configuration',
    documents: [
      init(),
      cluster({ networking: { podSubnet: '10.244.0.0/16' } }),
      kubeProxy({
        mode: 'ipvs',
        ipvs: { strictARP: true, scheduler: 'rr', syncPeriod: '40s' },
        conntrack: { maxPerCore: 0, tcpEstablishedTimeout: '24h' },
        iptables: { masqueradeAll: true },
        clientConnection: { qps: 20 },
        metricsBindAddress: '0.0.0.0:10249',
        nodePortAddresses: ['192.0.2.0/24'],
        featureGates: { EndpointSliceProxying: true },
      }),
    ],
  },
  {
    title: 'component configurations with other subnets and an IPv6 address',
    documents: [
      init({ localAPIEndpoint: { advertiseAddress: 'fd00::10' } }),
      cluster({ networking: { serviceSubnet: 'fd00:10:96::/112' } }),
      kubelet({
        clusterDomain: 'other.local',
        staticPodPath: '/etc/kubernetes/manifests/',
        resolvConf: '/etc/resolv.other',
      }),
      kubeProxy({ clusterCIDR: '10.9.0.0/16', bindAddress: '0.0.0.0' }),
    ],
  },
  {
    title: 'empty component configurations',
    documents: [init(), cluster(), kubelet({}), kubeProxy({})],
  },
  {
    title: 'fields that came later, or never',
    documents: [
      init(),
      cluster(),
      kubelet({ failCgroupV1: false, maxpods: 7, memorySwap: { swapBehavior: 'LimitedSwap' }, podsPerCore: 5 }),
      kubeProxy({ nftables: { masqueradeAll: true }, conntrack: { tcpBeLiberal: true, maxPerCore: 1 }, misspelt: [] }),
    ],
  },
  {
    title: 'what YAML 1.1 means',
    text: `# a comment
apiVersion: kubeadm.k8s.io/${documentApi}
kind: ClusterConfiguration
kubernetesVersion: ${kubernetes}
controllerManager: &component
  extraArgs: {v: "2"}
  extraVolumes:
  - {name: x, hostPath: /x, mountPath: /x, readOnly: yes}
scheduler: *component
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
failSwapOn: no
maxPods: 0x40
syncFrequency: 90s
imageMinimumGCAge: 3600s
cpuCFSQuotaPeriod: 50ms
enforceNodeAllocatable: []
evictionHard: {}
---
{"apiVersion": "kubeproxy.config.k8s.io/v1alpha1", "kind": "KubeProxyConfiguration", "oomScoreAdj": -998,
 "conntrack": {"tcpCloseWaitTimeout": "90m"}, "udpIdleTimeout": "250ms", "iptables": {"minSyncPeriod": "0s", "masqueradeBit": 14}}
`,
  },
  {
    title: 'every field of a kubelet configuration',
    documents: [
      init(),
      cluster(),
      kubelet({
        enableServer: true,
        staticPodPath: '/etc/kubernetes//manifests',
        syncFrequency: '1m',
        fileCheckFrequency: '20s',
        httpCheckFrequency: '20s',
        staticPodURL: 'http://example.com/pods',
        staticPodURLHeader: { a: ['b', 'c'] },
        address: '0.0.0.0',
        port: 10250,
        readOnlyPort: 10255,
        tlsCertFile: '/srv/kubelet.crt',
        tlsPrivateKeyFile: '/srv/kubelet.key',
        tlsCipherSuites: ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'],
        tlsMinVersion: 'VersionTLS12',
        rotateCertificates: true,
        serverTLSBootstrap: false,
        authentication: {
          x509: { clientCAFile: '/srv/ca.crt' },
          webhook: { enabled: false, cacheTTL: '2m0s' },
          anonymous: { enabled: false },
        },
        authorization: { mode: 'AlwaysAllow', webhook: { cacheAuthorizedTTL: '5m', cacheUnauthorizedTTL: '30s' } },
        registryPullQPS: 5,
        registryBurst: 10,
        eventRecordQPS: 0,
        eventBurst: 10,
        enableDebuggingHandlers: true,
        enableContentionProfiling: false,
        healthzPort: 0,
        healthzBindAddress: '0.0.0.0',
        oomScoreAdj: -999,
        clusterDomain: 'cluster.local',
        clusterDNS: [],
        streamingConnectionIdleTimeout: '4h0m0s',
        nodeStatusUpdateFrequency: '10s',
        nodeStatusReportFrequency: '5m0s',
        nodeLeaseDurationSeconds: 40,
        imageMinimumGCAge: '2m0s',
        imageGCHighThresholdPercent: 85,
        imageGCLowThresholdPercent: 0,
        volumeStatsAggPeriod: '1m0s',
        kubeletCgroups: '/kubelet',
        systemCgroups: '/system',
        cgroupRoot: '/',
        cgroupsPerQOS: true,
        cgroupDriver: 'cgroupfs',
        cpuManagerPolicy: 'static',
        cpuManagerReconcilePeriod: '10s',
        topologyManagerPolicy: 'best-effort',
        qosReserved: { memory: '50%' },
        runtimeRequestTimeout: '2m0s',
        hairpinMode: 'promiscuous-bridge',
        maxPods: 110,
        podCIDR: '10.1.0.0/24',
        podPidsLimit: -1,
        resolvConf: '/etc/resolv.conf',
        cpuCFSQuota: false,
        cpuCFSQuotaPeriod: '100ms',
        maxOpenFiles: 1000000,
        contentType: 'application/vnd.kubernetes.protobuf',
        kubeAPIQPS: 50,
        kubeAPIBurst: 100,
        serializeImagePulls: false,
        evictionHard: { 'nodefs.available': '10%' },
        evictionSoft: { 'memory.available': '200Mi' },
        evictionSoftGracePeriod: { 'memory.available': '1m' },
        evictionPressureTransitionPeriod: '5m0s',
        evictionMaxPodGracePeriod: 60,
        evictionMinimumReclaim: { 'nodefs.available': '1Gi' },
        podsPerCore: 0,
        enableControllerAttachDetach: true,
        protectKernelDefaults: true,
        makeIPTablesUtilChains: false,
        iptablesMasqueradeBit: 14,
        iptablesDropBit: 15,
        featureGates: { A: true, B: false },
        failSwapOn: true,
        containerLogMaxSize: '10Mi',
        containerLogMaxFiles: 5,
        configMapAndSecretChangeDetectionStrategy: 'Watch',
        systemReserved: { memory: '1Gi' },
        kubeReserved: { memory: '1Gi' },
        systemReservedCgroup: '/s',
        kubeReservedCgroup: '/k',
        enforceNodeAllocatable: ['pods', 'system-reserved'],
        allowedUnsafeSysctls: ['net.core.somaxconn'],
        volumePluginDir: '/srv/volume-plugins',
        providerID: 'a://b',
        kernelMemcgNotification: false,
        logging: { format: 'json' },
        enableSystemLogHandler: false,
        shutdownGracePeriod: '30s',
        shutdownGracePeriodCriticalPods: '10s',
      }),
    ],
  },
  {
    title: 'every field of a kube-proxy configuration',
    documents: [
      init(),
      cluster({ networking: { podSubnet: '10.244.0.0/16' } }),
      kubeProxy({
        bindAddress: '192.0.2.10',
        healthzBindAddress: '0.0.0.0:10256',
        metricsBindAddress: '127.0.0.1:10249',
        bindAddressHardFail: true,
        enableProfiling: true,
        clusterCIDR: '10.1.0.0/16',
        hostnameOverride: 'other',
        clientConnection: {
          kubeconfig: '/srv/kubeconfig',
          acceptContentTypes: 'a/b',
          contentType: 'c/d',
          qps: 5.5,
          burst: 10,
        },
        iptables: { masqueradeBit: 14, masqueradeAll: false, syncPeriod: '30s', minSyncPeriod: '1s' },
        ipvs: {
          syncPeriod: '30s',
          minSyncPeriod: '0s',
          scheduler: 'lc',
          excludeCIDRs: ['10.0.0.0/8'],
          strictARP: false,
          tcpTimeout: '1h',
          tcpFinTimeout: '2m',
          udpTimeout: '5m',
        },
        oomScoreAdj: -999,
        mode: 'iptables',
        portRange: '1-2',
        udpIdleTimeout: '250ms',
        conntrack: { maxPerCore: 32768, min: 131072, tcpEstablishedTimeout: '24h0m0s', tcpCloseWaitTimeout: '1h0m0s' },
        configSyncPeriod: '15m0s',
        nodePortAddresses: [],
        winkernel: { networkName: 'n', sourceVip: 's', enableDSR: true },
        showHiddenMetricsForVersion: '1.19',
        detectLocalMode: 'ClusterCIDR',
        featureGates: { A: true },
      }),
    ],
  },
];
