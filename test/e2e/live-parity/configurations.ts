/** A configuration that kubeadm v1.20.2 and kinit are both given. */
export interface Configuration {
  readonly title: string;
  /** Documents of the file that both read; `v1.20.2` and a token are filled in where a ClusterConfiguration lacks them. */
  readonly documents?: readonly object[];
  /** A file as it was written, instead of documents. */
  readonly text?: string;
  /** What kinit reads instead, where kubeadm v1.20.2 cannot: newer versions of the configuration API. */
  readonly forKinit?: readonly object[];
  readonly args?: readonly string[];
  /** The host's name; default the lab's. */
  readonly hostname?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Files of a directory `patches`. */
  readonly patches?: Readonly<Record<string, string>>;
}

const token = { token: 'abcdef.0123456789abcdef' };
const containerd = { name: 'cp1', criSocket: '/run/containerd/containerd.sock' };
const endpoint = { advertiseAddress: '192.0.2.10' };

function init(fields: object = {}, version = 'v1beta2'): object {
  return {
    apiVersion: `kubeadm.k8s.io/${version}`,
    kind: 'InitConfiguration',
    bootstrapTokens: [token],
    nodeRegistration: containerd,
    localAPIEndpoint: endpoint,
    ...fields,
  };
}

function cluster(fields: object = {}, version = 'v1beta2'): object {
  return {
    apiVersion: `kubeadm.k8s.io/${version}`,
    kind: 'ClusterConfiguration',
    kubernetesVersion: 'v1.20.2',
    ...fields,
  };
}

const kubelet = (fields: object) => ({
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  ...fields,
});
const kubeProxy = (fields: object) => ({
  apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
  kind: 'KubeProxyConfiguration',
  ...fields,
});

const v1_20 = '--kubernetes-version=v1.20.2';

const extraVolumes = [
  { name: 'audit', hostPath: '/var/log/audit', mountPath: '/var/log/kubernetes', pathType: 'DirectoryOrCreate' },
  { name: 'aaa', hostPath: '/etc/aaa.conf', mountPath: '/etc/aaa.conf', readOnly: true, pathType: 'File' },
  { name: 'untyped', hostPath: '/opt/untyped', mountPath: '/opt/untyped', readOnly: false, pathType: '' },
  { name: 'k8s-certs', hostPath: '/srv/pki', mountPath: '/srv/pki', readOnly: true },
];

export const configurations: readonly Configuration[] = [
  { title: 'flags alone', args: [v1_20] },
  {
    title: 'every flag',
    args: [
      v1_20,
      '--apiserver-advertise-address=192.0.2.33',
      '--apiserver-bind-port=7443',
      '--apiserver-cert-extra-sans=API.example.com,192.0.2.200,*.wild.example.com',
      '--cert-dir=/srv/kubernetes/pki',
      '--control-plane-endpoint=lb.example.com:8443',
      '--cri-socket=/run/containerd/containerd.sock',
      '--image-repository=registry.example.com:5000/k8s',
      '--node-name=node-7.example.com',
      '--pod-network-cidr=10.244.0.0/16',
      '--service-cidr=10.97.0.0/16',
      '--service-dns-domain=k8s.example.com',
      '--token=abcdef.0123456789abcdef',
      '--token-ttl=0',
    ],
  },
  { title: 'an endpoint without port', args: [v1_20, '--control-plane-endpoint=lb.example.com'] },
  {
    title: 'IPv6 by flags',
    args: [v1_20, '--apiserver-advertise-address=2001:db8::10', '--service-cidr=fd00:1::/112'],
  },
  {
    title: 'a proxy',
    args: [v1_20],
    environment: { HTTPS_PROXY: 'http://proxy.example.com:3128', no_proxy: '10.0.0.0/8,localhost', empty_proxy: '' },
  },
  { title: 'a minimal file', documents: [cluster()] },
  { title: 'only an InitConfiguration', documents: [init()], args: [] },
  { title: 'a host of the same name', documents: [init(), cluster()], hostname: 'cp1' },
  {
    title: 'docker',
    documents: [init({ nodeRegistration: { name: 'cp1', criSocket: '/var/run/dockershim.sock' } }), cluster()],
  },
  {
    title: 'CRI-O',
    documents: [init({ nodeRegistration: { name: 'cp1', criSocket: 'unix:///var/run/crio/crio.sock' } }), cluster()],
  },
  {
    title: 'IPv6',
    documents: [
      init({ localAPIEndpoint: { advertiseAddress: 'fd00::0010', bindPort: 6444 } }),
      cluster({
        networking: { serviceSubnet: 'fd00:10:96::/112', podSubnet: 'fd00:10:244::/56' },
        controlPlaneEndpoint: '[fd00::99]:6443',
      }),
    ],
  },
  {
    title: 'dual stack',
    documents: [
      init(),
      cluster({
        featureGates: { IPv6DualStack: true },
        networking: { serviceSubnet: '10.96.0.0/16,fd00:10:96::/112', podSubnet: '10.244.0.0/16,fd00:10:244::/56' },
      }),
    ],
  },
  {
    title: 'dual stack with IPv6 first',
    documents: [
      init({ localAPIEndpoint: { advertiseAddress: 'fd00::10' } }),
      cluster({
        featureGates: { IPv6DualStack: true },
        networking: { serviceSubnet: 'fd00:10:96::/112,10.96.0.0/16', podSubnet: 'fd00:10:244::/56,10.244.0.0/16' },
      }),
    ],
  },
  { title: 'dual stack refused by its gate', documents: [init(), cluster({ featureGates: { IPv6DualStack: false } })] },
  {
    title: 'an external etcd',
    documents: [
      init(),
      cluster({
        etcd: {
          external: {
            endpoints: ['https://192.0.2.21:2379', 'https://192.0.2.22:2379'],
            caFile: '/srv/etcd/ca/ca.crt',
            certFile: '/srv/etcd/client/client.crt',
            keyFile: '/srv/etcd/client/client.key',
          },
        },
      }),
    ],
  },
  {
    title: 'an external etcd with files below the PKI, and no client certificate',
    documents: [
      init(),
      cluster({
        etcd: { external: { endpoints: ['https://192.0.2.21:2379'], caFile: '/etc/kubernetes/pki/etcd/ca.crt' } },
      }),
    ],
  },
  {
    title: 'an external etcd without TLS',
    documents: [init(), cluster({ etcd: { external: { endpoints: ['http://192.0.2.21:2379'] } } })],
  },
  {
    title: 'a local etcd of its own kind',
    documents: [
      init(),
      cluster({
        etcd: {
          local: {
            dataDir: '/srv/etcd',
            imageRepository: 'registry.example.com/etcd',
            imageTag: '3.4.9-1',
            extraArgs: {
              'listen-metrics-urls': 'http://0.0.0.0:2381',
              'snapshot-count': '5000',
              'auto-compaction-retention': '8',
            },
            serverCertSANs: ['etcd.example.com', '192.0.2.77'],
            peerCertSANs: ['peer.example.com', 'fd00::77'],
          },
        },
      }),
    ],
  },
  {
    title: 'a local etcd that advertises elsewhere',
    documents: [
      init(),
      cluster({
        etcd: {
          local: {
            extraArgs: {
              'advertise-client-urls': 'https://192.0.2.88:2379',
              'listen-metrics-urls': 'https://[::1]:9979',
            },
          },
        },
      }),
    ],
  },
  {
    title: 'extra arguments',
    documents: [
      init({
        nodeRegistration: {
          ...containerd,
          kubeletExtraArgs: {
            'node-ip': '192.0.2.10',
            'hostname-override': 'other',
            v: '4',
            'node-labels': 'a=b,c=d',
            'cgroup-driver': 'systemd',
          },
        },
      }),
      cluster({
        apiServer: {
          extraArgs: {
            'audit-log-path': '/var/log/audit.log',
            'authorization-mode': 'Webhook,Node,Nonsense',
            'enable-admission-plugins': 'NodeRestriction,PodSecurityPolicy',
            'feature-gates': 'A=true',
            'secure-port': '7777',
            'advertise-address': '192.0.2.99',
          },
          certSANs: ['LB.example.com', '192.0.2.100', '127.0.0.1', 'localhost', 'kubernetes'],
          timeoutForControlPlane: '10m',
        },
        controllerManager: {
          extraArgs: {
            'bind-address': '0.0.0.0',
            'node-cidr-mask-size': '25',
            'flex-volume-plugin-dir': '/srv/flex',
            'cluster-name': 'x',
            'terminated-pod-gc-threshold': '10',
          },
        },
        scheduler: { extraArgs: { 'bind-address': '::', address: '0.0.0.0', v: '2' } },
        networking: { podSubnet: '10.244.0.0/20' },
      }),
    ],
  },
  {
    title: 'extra volumes',
    documents: [
      init(),
      cluster({
        apiServer: { extraVolumes },
        controllerManager: { extraVolumes },
        scheduler: { extraVolumes: extraVolumes.slice(0, 1) },
      }),
    ],
  },
  {
    title: 'directories of its own',
    documents: [init(), cluster({ certificatesDir: '/opt/k8s/pki', etcd: { local: { dataDir: '/opt/etcd/data' } } })],
  },
  {
    title: 'a mirror',
    documents: [
      init(),
      cluster({
        imageRepository: 'registry.aliyuncs.com/google_containers',
        dns: { type: 'CoreDNS', imageTag: '1.8.0' },
      }),
    ],
  },
  {
    title: 'an own CoreDNS image and an own cluster name',
    documents: [
      init(),
      cluster({
        clusterName: 'production',
        dns: { type: 'CoreDNS', imageRepository: 'docker.io/coredns', imageTag: '1.8.0' },
      }),
    ],
  },
  { title: 'ECDSA keys', documents: [init(), cluster({ featureGates: { PublicKeysECDSA: true } })] },
  {
    title: 'taints and tokens',
    documents: [
      init({
        nodeRegistration: { ...containerd, taints: [{ key: 'own', value: 'x', effect: 'NoSchedule' }] },
        bootstrapTokens: [
          { token: 'abcdef.0123456789abcdef', description: 'the first', ttl: '1h', usages: ['authentication'] },
          {
            token: 'bbcdef.0123456789abcdef',
            ttl: '0s',
            usages: ['authentication', 'signing'],
            groups: ['system:bootstrappers:kubeadm:default-node-token', 'system:bootstrappers:more'],
          },
        ],
      }),
      cluster(),
    ],
  },
  { title: 'no taints', documents: [init({ nodeRegistration: { ...containerd, taints: [] } }), cluster()] },
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
      kubelet({ clusterDomain: 'other.local', staticPodPath: '/srv/manifests', resolvConf: '/etc/resolv.other' }),
      kubeProxy({ clusterCIDR: '10.9.0.0/16', bindAddress: '0.0.0.0' }),
    ],
  },
  {
    title: 'empty component configurations',
    documents: [init(), cluster(), kubelet({}), kubeProxy({})],
  },
  {
    title: 'patches',
    documents: [init(), cluster()],
    args: ['--experimental-patches=patches'],
    patches: {
      'kube-apiserver.yaml':
        'spec:\n  containers:\n  - name: kube-apiserver\n    resources:\n      requests:\n        memory: 1024Mi\n        cpu: 0.5\n      limits:\n        cpu: 2\n    env:\n    - name: GOGC\n      value: "50"\n',
      'kube-scheduler1+merge.json': '{"metadata":{"labels":{"extra":"yes"}}}',
      'kube-controller-manager+json.yaml': '- op: add\n  path: /metadata/annotations\n  value:\n    a: b\n',
      'etcd0+strategic.yaml':
        'spec:\n  priorityClassName: system-cluster-critical\n  volumes:\n  - name: etcd-data\n    $patch: delete\n',
    },
  },
  {
    title: 'a v1beta3 file',
    documents: [
      init({ nodeRegistration: { ...containerd, kubeletExtraArgs: { 'node-ip': '192.0.2.10' } } }),
      cluster({ apiServer: { extraArgs: { 'audit-log-maxage': '2' }, timeoutForControlPlane: '6m0s' } }),
    ],
    forKinit: [
      init(
        {
          nodeRegistration: { ...containerd, kubeletExtraArgs: { 'node-ip': '192.0.2.10' }, imagePullPolicy: 'Always' },
          skipPhases: [],
        },
        'v1beta3',
      ),
      cluster({ apiServer: { extraArgs: { 'audit-log-maxage': '2' }, timeoutForControlPlane: '6m0s' } }, 'v1beta3'),
    ],
  },
  {
    title: 'a v1beta4 file',
    documents: [
      init({ nodeRegistration: { ...containerd, kubeletExtraArgs: { 'node-ip': '192.0.2.10' } } }),
      cluster({
        apiServer: { extraArgs: { 'audit-log-maxage': '2' }, timeoutForControlPlane: '6m0s' },
        featureGates: { PublicKeysECDSA: true },
      }),
    ],
    forKinit: [
      init(
        {
          nodeRegistration: { ...containerd, kubeletExtraArgs: [{ name: 'node-ip', value: '192.0.2.10' }] },
          timeouts: { controlPlaneComponentHealthCheck: '6m' },
        },
        'v1beta4',
      ),
      cluster(
        {
          apiServer: { extraArgs: [{ name: 'audit-log-maxage', value: '2' }] },
          featureGates: { PublicKeysECDSA: true },
        },
        'v1beta4',
      ),
    ],
  },
  { title: 'a version without v', documents: [init(), cluster({ kubernetesVersion: '1.20.2' })] },
  { title: 'a later patch release', documents: [init(), cluster({ kubernetesVersion: 'v1.20.15' })] },
  {
    title: 'capitals, and subnets that are written from a host address',
    documents: [
      init({ nodeRegistration: { name: 'CP1.Example.com', criSocket: '/run/containerd/containerd.sock' } }),
      cluster({
        controlPlaneEndpoint: '192.0.2.200',
        networking: { serviceSubnet: '10.97.5.5/16', podSubnet: '10.244.7.7/16', dnsDomain: 'k8s.example.com' },
        apiServer: { certSANs: ['Two.example.com', 'two.example.com', 'fd00::0:1', '192.0.2.10'] },
      }),
    ],
  },
  {
    title: 'an external etcd with files in folders within folders',
    documents: [
      init(),
      cluster({
        etcd: {
          external: {
            endpoints: ['https://etcd.example.com:2379'],
            caFile: '/srv/a/b/ca.crt',
            certFile: '/srv/a/client.crt',
            keyFile: '/srv/a/b/c/client.key',
          },
        },
      }),
    ],
  },
  {
    title: 'an external etcd with files where the host keeps its own',
    documents: [
      init(),
      cluster({
        certificatesDir: '/srv/pki',
        etcd: {
          external: {
            endpoints: ['https://etcd.example.com:2379'],
            caFile: '/etc/ssl/certs/etcd.crt',
            certFile: '/etc/pki/etcd/client.crt',
            keyFile: '/etc/kubernetes/pki/client.key',
          },
        },
      }),
    ],
  },
  {
    title: 'many addresses for metrics',
    documents: [
      init(),
      cluster({
        etcd: {
          local: {
            extraArgs: { 'listen-metrics-urls': 'https://192.0.2.10:2382,http://127.0.0.1:2381', name: 'other' },
          },
        },
        controllerManager: {
          extraArgs: { 'bind-address': '::1', 'secure-port': '10300', 'allocate-node-cidrs': 'false' },
        },
        scheduler: { extraArgs: { 'bind-address': '192.0.2.10', 'secure-port': '10301' } },
      }),
    ],
  },
  {
    title: 'gates by flag',
    args: [
      v1_20,
      '--feature-gates=IPv6DualStack=true',
      '--pod-network-cidr=10.244.0.0/16,fd00:1::/56',
      '--service-cidr=10.96.0.0/16,fd00:2::/112',
      '--token-ttl=1h30m',
    ],
  },
  {
    title: 'phases skipped',
    args: [v1_20, '--skip-phases=addon/kube-proxy,upload-config/kubelet,certs/apiserver-etcd-client'],
  },
  { title: 'addons skipped', args: [v1_20, '--skip-phases=addon,mark-control-plane,etcd'] },
  { title: 'an address of the host', args: [v1_20, '--apiserver-advertise-address=0.0.0.0'] },
  {
    title: 'what YAML 1.1 means',
    text: `# a comment
apiVersion: kubeadm.k8s.io/v1beta2
kind: ClusterConfiguration
kubernetesVersion: v1.20.2
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
        staticPodPath: '/srv/static',
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
