import { posix } from 'node:path';
import { nthAddress } from '../config/network.ts';
import { foreignManifests } from '../config/recommended-values.ts';
import type { ClusterConfiguration, ControlPlaneConfig, NodeRegistration } from '../config/types.ts';
import { InputError } from '../errors.ts';
import type { KubeletRelease } from '../release/kubelet.ts';
import { manifestsDirectory } from '../release/paths.ts';
import { kubeletHealthzPort } from '../release/ports.ts';
import type { Release } from '../release/release.ts';
import {
  type FeatureGates,
  hasInstanceConfiguration,
  isDockerSocket,
  type KubeletHost,
  systemdResolvConf,
} from './kubelet-host.ts';
import { asGoPrints, fill, unsetKubeletFields } from './kubelet-unset-fields.ts';
import { type Patch, patched } from './patches.ts';

type KubeletConfiguration = Readonly<Record<string, unknown>>;

/** What a node's own configuration goes by: its host and the user's patches. */
export interface KubeletNode extends KubeletHost {
  readonly patches?: readonly Patch[];
}

/** /var/lib/kubelet/config.yaml of the node that `init` makes. Throws InputError for a patch with which nothing starts. */
export function kubeletConfiguration(
  config: ControlPlaneConfig,
  release: Release,
  host: KubeletNode,
): KubeletConfiguration {
  const shared = kubeletConfigMapConfiguration(config, release, host);
  const own = ofNode(shared, config.nodeRegistration, config.cluster.featureGates, release, host);
  const foreign = foreignManifests(own['staticPodPath']);
  const patches = host.patches?.filter(({ target }) => target === 'kubeletconfiguration') ?? [];
  if (foreign === undefined || patches.length === 0) return own;
  throw new InputError([{ place: patches.map(({ file }) => file).join(', '), message: `staticPodPath ${foreign}` }]);
}

/** /var/lib/kubelet/config.yaml of a joining node, made from what the cluster keeps for its kubelets. */
export function joinKubeletConfiguration(
  stored: KubeletConfiguration,
  release: Release,
  node: KubeletNode & {
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
  config: ControlPlaneConfig,
  release: Release,
  host: KubeletHost,
): KubeletConfiguration {
  const { cluster, nodeRegistration } = config;
  const { kubelet } = release;
  const user = asGoPrints(config.kubelet.object, kubelet.fields);
  const given = fill(user, {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    staticPodPath: manifestsDirectory,
    ...(Array.isArray(config.kubelet.object['clusterDNS']) ? {} : { clusterDNS: [dnsAddress(cluster)] }),
    clusterDomain: cluster.networking.dnsDomain,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: posix.join(cluster.certificatesDir, 'ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    healthzBindAddress: '127.0.0.1',
    healthzPort: kubeletHealthzPort,
    ...(kubelet.cgroupDriver === 'systemd' ? { cgroupDriver: 'systemd' } : {}),
    ...(kubelet.resolvConf === 'cluster' ? resolvConf(user, host) : {}),
  });
  // What kubeadm sets whatever the user says.
  const forced = {
    rotateCertificates: true,
    ...dockerCgroupDriver(nodeRegistration, kubelet, host),
    ...forwardedGates(user, cluster.featureGates, kubelet),
  };
  return fill({ ...given, ...forced }, unsetKubeletFields(kubelet.fields));
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

/** The file as kubeadm writes it: the text always in quotes (WriteInstanceConfigToDisk, v1.32 to v1.36.3). */
export function instanceText({ containerRuntimeEndpoint }: { readonly containerRuntimeEndpoint: string }): string {
  return `containerRuntimeEndpoint: ${JSON.stringify(containerRuntimeEndpoint)}\n`;
}

/** The user's patches come before what is the node's own (kubeadm's WriteConfigToDisk). */
function ofNode(
  shared: KubeletConfiguration,
  nodeRegistration: NodeRegistration,
  featureGates: FeatureGates,
  release: Release,
  host: KubeletNode,
): KubeletConfiguration {
  const { resolvConf: place } = release.kubelet;
  const unpatched = {
    ...fill(shared, place === 'flag' ? {} : resolvConf(shared, host)),
    ...dockerCgroupDriver(nodeRegistration, release.kubelet, host),
  };
  return {
    ...patched('kubeletconfiguration', unpatched, host.patches ?? []),
    ...kubeletInstanceConfiguration(nodeRegistration, release, featureGates),
  };
}

/** Where the user says nothing; an empty text says that pods take none from the node. */
function resolvConf(given: KubeletConfiguration, { systemdResolved }: KubeletHost): KubeletConfiguration {
  return systemdResolved && given['resolvConf'] === undefined ? { resolvConf: systemdResolvConf } : {};
}

function dockerCgroupDriver(
  { criSocket }: NodeRegistration,
  release: KubeletRelease,
  { dockerCgroupDriver: driver }: KubeletHost,
): KubeletConfiguration {
  const known = release.cgroupDriver === 'docker' && isDockerSocket(criSocket) && driver !== undefined;
  return known ? { cgroupDriver: driver } : {};
}

/** The one gate that kubeadm passes on, as long as it had it. */
function forwardedGates(
  user: KubeletConfiguration,
  { IPv6DualStack }: FeatureGates,
  { dualStackGate }: KubeletRelease,
): KubeletConfiguration {
  if (!dualStackGate || IPv6DualStack === undefined) return {};
  return { featureGates: { ...(user['featureGates'] as object | undefined), IPv6DualStack } };
}

/** An empty list of the user's is kept: then there is none. */
function dnsAddress({ networking: { serviceSubnet } }: ClusterConfiguration): string {
  return nthAddress(serviceSubnet.split(',')[0] ?? serviceSubnet, 10);
}
