import type { ClusterConfiguration, InitConfig } from '../../../src/config/types.ts';
import { pkiRelease } from '../../../src/release/pki.ts';
import { parseVersion } from '../../../src/release/version.ts';

/** The defaults of a first control plane `cp1` at 192.0.2.10, as far as certificates and kubeconfigs care. */
export function configOf(
  cluster: Partial<ClusterConfiguration> = {},
  node: { readonly name?: string; readonly advertiseAddress?: string; readonly bindPort?: number } = {},
): InitConfig {
  const component = { extraArgs: [], extraVolumes: [], extraEnvs: [] };
  return {
    cluster: {
      kubernetesVersion: 'v1.36.2',
      clusterName: 'kubernetes',
      certificatesDir: '/etc/kubernetes/pki',
      imageRepository: 'registry.k8s.io',
      networking: { serviceSubnet: '10.96.0.0/12', dnsDomain: 'cluster.local' },
      etcd: localEtcd(),
      apiServer: { ...component, certSANs: [] },
      controllerManager: component,
      scheduler: component,
      dns: { disabled: false },
      proxy: { disabled: false },
      featureGates: {},
      encryptionAlgorithm: 'RSA-2048',
      certificateValidityPeriod: '8760h0m0s',
      caCertificateValidityPeriod: '87600h0m0s',
      ...cluster,
    },
    nodeRegistration: {
      name: node.name ?? 'cp1',
      criSocket: 'unix:///run/containerd/containerd.sock',
      kubeletExtraArgs: [],
      ignorePreflightErrors: [],
      imagePullPolicy: 'IfNotPresent',
      imagePullSerial: true,
    },
    localAPIEndpoint: { advertiseAddress: node.advertiseAddress ?? '192.0.2.10', bindPort: node.bindPort ?? 6443 },
    bootstrapTokens: [],
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
  };
}

/** A local etcd with names of its own. */
export function localEtcd(serverCertSANs: readonly string[] = [], peerCertSANs: readonly string[] = []) {
  return { local: { dataDir: '/var/lib/etcd', extraArgs: [], extraEnvs: [], serverCertSANs, peerCertSANs } };
}

/** An etcd that somebody else runs. */
export const externalEtcd = {
  external: {
    endpoints: ['https://192.0.2.50:2379'],
    caFile: '/etcd/ca.crt',
    certFile: '/etcd/c.crt',
    keyFile: '/etcd/c.key',
  },
};

/** The pki tables of a version, in the place of a whole release. */
export function pkiOf(version: string) {
  return { pki: pkiRelease(parseVersion(version)) };
}

/** Every minor that kinit serves, with the patch releases at which its tables change. */
export const minors = Array.from({ length: 19 }, (_, i) => `v1.${18 + i}.0`);
