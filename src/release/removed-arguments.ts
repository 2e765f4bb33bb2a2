import type { StaticPodName } from './static-pod-arguments.ts';
import { type Row, upTo, type Verified } from './table.ts';
import type { Version } from './version.ts';

export const verified: Verified = {
  table: 'removedArguments',
  upTo: 37,
  source:
    'release notes of v1.37 (all components); the flags of v1.20, v1.21 and v1.23 to v1.36 were held against each other',
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

export type Removals = ReadonlyMap<string, RemovedArgument>;

/** Name -> what to write instead. */
export type Gone = Readonly<Record<string, string | undefined>>;

/** What the rows up to a version took away. */
export function gone(rows: readonly Row<Gone>[], version: Version, what: string): Removals {
  const removed = upTo(withStart(rows), version).flatMap(({ from, value }) =>
    Object.entries(value).map(([name, instead]) => ({ name, since: `${what}${from}`, instead })),
  );
  return new Map(removed.map((argument) => [argument.name, argument]));
}

function withStart<T>(rows: readonly Row<T>[]): readonly Row<{ readonly from: string; readonly value: T }>[] {
  return rows.map(({ from, value, source }) => ({ from, value: { from, value }, source }));
}

/** Names, with a space between, that nothing stands in for. */
export function nothing(names: string): Gone {
  return Object.fromEntries(names.split(' ').map((name) => [name, undefined]));
}

const insecure = 'release notes 1.24: kubernetes/kubernetes#106859 (without effect since 1.20)';

/** Flags of klog, which all components had. */
const klog: Row<Gone> = {
  from: '1.26',
  value: nothing(
    [
      'add-dir-header alsologtostderr log-backtrace-at log-dir log-file log-file-max-size logtostderr one-output',
      'skip-headers skip-log-headers stderrthreshold',
    ].join(' '),
  ),
  source: 'release notes 1.26: kubernetes/kubernetes#112120; v1.26.4 component-base/logs/logs.go, beside v1.25.9',
};

const sanitization: Row<Gone> = {
  from: '1.24',
  value: nothing('experimental-logging-sanitization'),
  source: 'there in v1.23.1, not in v1.24.0 component-base/logs',
};

const apiServer: readonly Row<Gone>[] = [
  {
    from: '1.19',
    value: {
      'audit-dynamic-configuration': undefined,
      'basic-auth-file': 'oidc-issuer-url, or token-auth-file',
    },
    source: 'release notes 1.19: kubernetes/kubernetes#91502, #89069; kube-apiserver v1.20.2 refuses them',
  },
  {
    from: '1.22',
    value: nothing('kubelet-https ssh-keyfile ssh-user'),
    source: 'kubernetes/kubernetes#101178, #102297; there in v1.21.1, not in v1.23.1 cmd/kube-apiserver',
  },
  { from: '1.24', value: nothing('address insecure-bind-address insecure-port port'), source: insecure },
  {
    from: '1.24',
    value: {
      ...nothing('deserialization-cache-size enable-swagger-ui target-ram-mb'),
      'experimental-encryption-provider-config': 'encryption-provider-config',
    },
    source: 'there in v1.23.1, not in v1.24.0 apiserver/pkg/server/options',
  },
  sanitization,
  {
    from: '1.25',
    value: { 'service-account-api-audiences': 'api-audiences' },
    source: 'there in v1.24.0, not in v1.25.9 pkg/kubeapiserver/options',
  },
  {
    from: '1.26',
    value: nothing('identity-lease-duration-seconds identity-lease-renew-interval-seconds'),
    source: 'there in v1.25.9, not in v1.26.4 cmd/kube-apiserver',
  },
  klog,
  {
    from: '1.27',
    value: nothing('master-service-namespace'),
    source: 'there in v1.26.4, not in v1.27.16 apiserver/pkg/server/options',
  },
  {
    from: '1.31',
    value: nothing('cloud-provider-gce-l7lb-src-cidrs cloud-provider-gce-lb-src-cidrs'),
    source: 'there in v1.30.14, not in v1.31.14 (in-tree cloud providers)',
  },
  {
    from: '1.33',
    value: nothing('cloud-config cloud-provider'),
    source: 'there in v1.32.13, not in v1.33.13 pkg/kubeapiserver/options',
  },
];

const controllerManager: readonly Row<Gone>[] = [
  {
    from: '1.22',
    value: nothing('horizontal-pod-autoscaler-use-rest-clients'),
    source: 'kubernetes/kubernetes#90368; there in v1.21.1, not in v1.22.6 (kubernetes/kops#13345)',
  },
  { from: '1.24', value: { address: 'bind-address', port: 'secure-port' }, source: insecure },
  {
    from: '1.24',
    value: nothing('deployment-controller-sync-period'),
    source: 'there in v1.23.1, not in v1.24.0 cmd/kube-controller-manager',
  },
  sanitization,
  {
    from: '1.25',
    value: {
      ...nothing('deleting-pods-burst deleting-pods-qps register-retry-count'),
      'experimental-cluster-signing-duration': 'cluster-signing-duration',
    },
    source: 'there in v1.24.0, not in v1.25.9 cmd/kube-controller-manager',
  },
  klog,
  {
    from: '1.27',
    value: nothing('enable-taint-manager pod-eviction-timeout'),
    source: 'release notes 1.27: kubernetes/kubernetes#113710',
  },
  {
    from: '1.31',
    value: nothing(
      [
        'cloud-provider-gce-lb-src-cidrs horizontal-pod-autoscaler-downscale-delay',
        'horizontal-pod-autoscaler-upscale-delay volume-host-allow-local-loopback volume-host-cidr-denylist',
      ].join(' '),
    ),
    source: 'kubernetes/kubernetes#124948; there in v1.30.14, not in v1.31.14',
  },
  {
    from: '1.37',
    value: nothing('concurrent-service-syncs'),
    source: 'release notes 1.37: kubernetes/kubernetes#138002; still there in v1.36.3',
  },
];

const inConfig = 'config, with a KubeSchedulerConfiguration';

const scheduler: readonly Row<Gone>[] = [
  {
    from: '1.22',
    value: {
      'algorithm-provider': inConfig,
      'hard-pod-affinity-symmetric-weight': inConfig,
      'scheduler-name': inConfig,
    },
    source: 'kubernetes/kubernetes#102239, #102805; there in v1.21.1, not in v1.23.1 cmd/kube-scheduler',
  },
  {
    from: '1.23',
    value: {
      ...nothing('policy-configmap policy-configmap-namespace use-legacy-policy-config'),
      'policy-config-file': inConfig,
    },
    source: 'release notes 1.23: kubernetes/kubernetes#105424',
  },
  { from: '1.24', value: { address: 'bind-address', port: 'secure-port' }, source: insecure },
  sanitization,
  klog,
  {
    from: '1.28',
    value: {
      'lock-object-name': 'leader-elect-resource-name',
      'lock-object-namespace': 'leader-elect-resource-namespace',
    },
    source: 'there in v1.27.16, not in v1.28.15 cmd/kube-scheduler',
  },
];

const kubelet: readonly Row<Gone>[] = [
  {
    from: '1.21',
    value: nothing('enable-cadvisor-json-endpoints'),
    source: 'there in v1.20.2, not in v1.21.1 cmd/kubelet',
  },
  {
    from: '1.22',
    value: nothing('chaos-chance redirect-container-streaming'),
    source: 'kubernetes/kubernetes#101057; said of v1.22 in v1.21.1, not in v1.23.1 cmd/kubelet',
  },
  {
    from: '1.23',
    value: { 'experimental-bootstrap-kubeconfig': 'bootstrap-kubeconfig', 'seccomp-profile-root': undefined },
    source: 'release notes 1.23: kubernetes/kubernetes#103172; said of v1.23 in v1.21.1 cmd/kubelet',
  },
  {
    from: '1.24',
    value: nothing(
      'cni-bin-dir cni-cache-dir cni-conf-dir docker-endpoint image-pull-progress-deadline network-plugin network-plugin-mtu',
    ),
    source: 'release notes 1.24: kubernetes/kubernetes#106907 (the dockershim and its flags)',
  },
  {
    from: '1.24',
    value: nothing(
      [
        'docker docker-env-metadata-whitelist docker-only docker-root docker-tls docker-tls-ca docker-tls-cert',
        'docker-tls-key dynamic-config-dir experimental-check-node-capabilities-before-mount',
        'experimental-dockershim-root-directory non-masquerade-cidr really-crash-for-testing',
      ].join(' '),
    ),
    source: 'there in v1.23.1, not in v1.24.0 cmd/kubelet, cAdvisor',
  },
  sanitization,
  {
    from: '1.25',
    value: { 'experimental-kernel-memcg-notification': 'kernel-memcg-notification' },
    source: 'there in v1.24.0, not in v1.25.9 cmd/kubelet',
  },
  klog,
  {
    from: '1.27',
    value: nothing('container-runtime'),
    source: 'release notes 1.27: kubernetes/kubernetes#114017',
  },
  {
    from: '1.27',
    value: nothing('master-service-namespace'),
    source: 'there in v1.26.4, not in v1.27.16 cmd/kubelet',
  },
  {
    from: '1.30',
    value: nothing('azure-container-registry-config'),
    source: 'there in v1.29.14, not in v1.30.14 pkg/credentialprovider',
  },
  {
    from: '1.31',
    value: nothing('iptables-drop-bit iptables-masquerade-bit keep-terminated-pod-volumes'),
    source: 'there in v1.30.14, not in v1.31.14 cmd/kubelet',
  },
  {
    from: '1.34',
    value: { 'cloud-config': undefined, 'register-schedulable': 'register-with-taints' },
    source: 'there in v1.33.13, not in v1.34.9 cmd/kubelet',
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
