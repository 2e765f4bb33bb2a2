import type { ClusterConfiguration, InitConfig, NodeRegistration } from '../../../src/config/types.ts';
import { type Release, releaseFor } from '../../../src/release/release.ts';
import { newestMinor, oldestMinor } from '../../../src/release/served.ts';
import { parseVersion } from '../../../src/release/version.ts';

export interface ConfigOverrides {
  readonly cluster?: Partial<ClusterConfiguration>;
  readonly nodeRegistration?: Partial<NodeRegistration>;
  readonly init?: Partial<Omit<InitConfig, 'cluster' | 'nodeRegistration'>>;
}

/** The release tables at a version: `1.24` is its .0. */
export function release(version: string): Release {
  return releaseFor(parseVersion(version.split('.').length === 2 ? `${version}.0` : version));
}

/** The newest minor that is served. */
export const newest = `1.${newestMinor}`;

/** `1.18` ... `1.37`. */
export const minors: readonly string[] = Array.from(
  { length: newestMinor - oldestMinor + 1 },
  (_, index) => `1.${oldestMinor + index}`,
);

/** Minors from one to another, both included. */
export function between(first: string, last: string): readonly string[] {
  return minors.slice(minors.indexOf(first), minors.indexOf(last) + 1);
}

/**
 * A whole configuration as `init` decides on it: one control plane `cp1` at 192.0.2.10 under containerd, pods in
 * 10.244.0.0/16, everything else kubeadm's default for the version.
 */
export function initConfig(version: string, { cluster, nodeRegistration, init }: ConfigOverrides = {}): InitConfig {
  const { images, version: exact } = release(version);
  return {
    cluster: {
      kubernetesVersion: exact.text,
      clusterName: 'kubernetes',
      certificatesDir: '/etc/kubernetes/pki',
      imageRepository: images.repository,
      networking: { serviceSubnet: '10.96.0.0/12', podSubnet: '10.244.0.0/16', dnsDomain: 'cluster.local' },
      etcd: localEtcd(),
      apiServer: { ...noExtras, certSANs: [] },
      controllerManager: noExtras,
      scheduler: noExtras,
      dns: { disabled: false },
      proxy: { disabled: false },
      featureGates: {},
      encryptionAlgorithm: 'RSA-2048',
      certificateValidityPeriod: '8760h0m0s',
      caCertificateValidityPeriod: '87600h0m0s',
      ...cluster,
    },
    nodeRegistration: {
      name: 'cp1',
      criSocket: exact.minor < 24 ? '/run/containerd/containerd.sock' : 'unix:///run/containerd/containerd.sock',
      kubeletExtraArgs: [],
      ignorePreflightErrors: [],
      imagePullPolicy: 'IfNotPresent',
      imagePullSerial: true,
      ...nodeRegistration,
    },
    localAPIEndpoint: { advertiseAddress: '192.0.2.10', bindPort: 6443 },
    bootstrapTokens: [
      {
        token: 'abcdef.0123456789abcdef',
        ttl: '24h0m0s',
        usages: ['signing', 'authentication'],
        groups: ['system:bootstrappers:kubeadm:default-node-token'],
      },
    ],
    skipPhases: [],
    timeouts: {
      controlPlaneComponentHealthCheck: '4m0s',
      kubeletHealthCheck: '4m0s',
      kubernetesAPICall: '1m0s',
      etcdAPICall: '2m0s',
      tlsBootstrap: '5m0s',
      discovery: '5m0s',
      upgradeManifests: '5m0s',
    },
    kubelet: { object: {}, userSupplied: false },
    kubeProxy: { object: {}, userSupplied: false },
    ...init,
  };
}

/** Extra arguments, volumes and variables of a component: none. */
export const noExtras = { extraArgs: [], extraVolumes: [], extraEnvs: [] } as const;

/** A local etcd with kubeadm's defaults. */
export function localEtcd(
  overrides: Partial<ClusterConfiguration['etcd']['local']> = {},
): ClusterConfiguration['etcd'] {
  const defaults = { dataDir: '/var/lib/etcd', extraArgs: [], extraEnvs: [], serverCertSANs: [], peerCertSANs: [] };
  return { local: { ...defaults, ...overrides } };
}

/** A host with nothing that changes a static pod. */
export const bareHost = { caDirectories: [], proxyEnvironment: new Map<string, string>() } as const;
