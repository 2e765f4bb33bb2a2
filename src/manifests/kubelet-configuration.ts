import { posix } from 'node:path';
import { nthAddress } from '../config/network.ts';
import type { InitConfig, NodeRegistration } from '../config/types.ts';
import type { KubeletRelease } from '../release/kubelet.ts';
import type { Release } from '../release/release.ts';
import {
  type FeatureGates,
  hasInstanceConfiguration,
  isDockerSocket,
  type KubeletHost,
  systemdResolvConf,
} from './kubelet-host.ts';
import { asGoPrints, fill } from './kubelet-unset-fields.ts';

type KubeletConfiguration = Readonly<Record<string, unknown>>;

/** /var/lib/kubelet/config.yaml of the node that `init` makes. */
export function kubeletConfiguration(config: InitConfig, release: Release, host: KubeletHost): KubeletConfiguration {
  const shared = kubeletConfigMapConfiguration(config, release, host);
  return ofNode(shared, config.nodeRegistration, config.cluster.featureGates, release, host);
}

/** /var/lib/kubelet/config.yaml of a joining node, made from what the cluster keeps for its kubelets. */
export function joinKubeletConfiguration(
  stored: KubeletConfiguration,
  release: Release,
  node: KubeletHost & {
    readonly config: { readonly nodeRegistration: NodeRegistration };
    readonly cluster: { readonly featureGates: FeatureGates };
  },
): KubeletConfiguration {
  return ofNode(stored, node.config.nodeRegistration, node.cluster.featureGates, release, node);
}

/**
 * The KubeletConfiguration that all kubelets of the cluster share, as the ConfigMap holds it: kubeadm's defaults where
 * the user leaves them open (kubeadm's componentconfigs/kubelet.go), printed as the release's Go types print it.
 */
export function kubeletConfigMapConfiguration(
  config: InitConfig,
  release: Release,
  host: KubeletHost,
): KubeletConfiguration {
  const { cluster, nodeRegistration } = config;
  const { kubelet } = release;
  const gate = cluster.featureGates['IPv6DualStack'];
  const given = fill(asGoPrints(config.kubelet.object), {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    staticPodPath: '/etc/kubernetes/manifests',
    clusterDNS: [nthAddress(firstOf(cluster.networking.serviceSubnet), 10)],
    clusterDomain: cluster.networking.dnsDomain,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: posix.join(cluster.certificatesDir, 'ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    healthzBindAddress: '127.0.0.1',
    healthzPort: 10248,
    ...cgroupDriver(nodeRegistration, kubelet, host),
    ...(kubelet.resolvConf === 'cluster' ? resolvConf(host) : {}),
    ...(kubelet.dualStackGate && gate !== undefined ? { featureGates: { IPv6DualStack: gate } } : {}),
  });
  return fill({ ...given, rotateCertificates: true }, kubelet.unsetFields);
}

/**
 * /var/lib/kubelet/instance-config.yaml, which holds what is true of this node alone; undefined where the release (or
 * its gate NodeLocalCRISocket) has none.
 */
export function kubeletInstanceConfiguration(
  { criSocket }: NodeRegistration,
  release: Release,
  featureGates: FeatureGates = {},
): { readonly containerRuntimeEndpoint: string } | undefined {
  return hasInstanceConfiguration(release.kubelet, featureGates) ? { containerRuntimeEndpoint: criSocket } : undefined;
}

function ofNode(
  shared: KubeletConfiguration,
  nodeRegistration: NodeRegistration,
  featureGates: FeatureGates,
  release: Release,
  host: KubeletHost,
): KubeletConfiguration {
  const { resolvConf: place } = release.kubelet;
  return {
    ...fill(shared, place === 'flag' ? {} : resolvConf(host)),
    ...kubeletInstanceConfiguration(nodeRegistration, release, featureGates),
  };
}

function resolvConf({ systemdResolved }: KubeletHost): KubeletConfiguration {
  return systemdResolved ? { resolvConf: systemdResolvConf } : {};
}

function cgroupDriver(
  { criSocket }: NodeRegistration,
  release: KubeletRelease,
  host: KubeletHost,
): KubeletConfiguration {
  if (release.cgroupDriver === 'systemd') return { cgroupDriver: 'systemd' };
  const docker = release.cgroupDriver === 'docker' && isDockerSocket(criSocket) ? host.dockerCgroupDriver : undefined;
  return docker === undefined ? {} : { cgroupDriver: docker };
}

function firstOf(subnets: string): string {
  return subnets.split(',')[0] ?? subnets;
}
