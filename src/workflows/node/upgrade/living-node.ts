import { X509Certificate } from 'node:crypto';
import { knownComponentFields } from '../../../config/component-fields.ts';
import { completeTimeouts, defaults } from '../../../config/defaults.ts';
import { type StoredCluster, storedCluster } from '../../../config/stored-cluster.ts';
import type { ComponentConfig, InitConfig, NodeRegistration, Timeouts, UpgradeNode } from '../../../config/types.ts';
import { KinitError } from '../../../errors.ts';
import { warner } from '../../../execute/run.ts';
import type { Target } from '../../../execute/target.ts';
import type { Facts } from '../../../host/facts/facts.ts';
import type { Seen } from '../../../host/host.ts';
import type { KubeClient, KubeObject, ObjectRef } from '../../../kube/client.ts';
import { podImage, tagOf } from '../../../kube/pod-image.ts';
import { apiServerPods } from '../../../kube/static-pod.ts';
import { partsOf } from '../../../pki/certificate-parts.ts';
import {
  kubeletConf,
  kubeletConfigFile,
  kubeletFlagsFile,
  kubeletInstanceConfigFile,
  staticPodFile,
} from '../../../release/paths.ts';
import { type Release, releaseFor } from '../../../release/release.ts';
import { admitted, parseVersion, tryParseVersion, type Version } from '../../../release/version.ts';
import { hostKubeconfig } from '../../host-kubeconfig.ts';
import { localControlPlane } from '../local-control-plane.ts';
import { storedComponent } from './stored-component.ts';

/** A node of a living cluster, as an upgrade finds it. */
export interface LivingNode {
  readonly facts: Facts;
  readonly nodeName: string;
  readonly isControlPlane: boolean;
  /** What kubeadm-config says. */
  readonly stored: StoredCluster;
  /** The cluster and the node as they are to be at the target. */
  readonly config: InitConfig;
  readonly apiServers: readonly KubeObject[];
  readonly nodes: readonly KubeObject[];
}

export interface LivingNodeInput {
  readonly settings: Pick<UpgradeNode, 'imagePullPolicy' | 'imagePullSerial' | 'ignorePreflightErrors'>;
  readonly timeouts: Timeouts;
}

/**
 * Reads what the cluster keeps of itself and what the host says of its node (kubeadm FetchInitConfigurationFromCluster):
 * configuration in whatever version it is stored, completed for the target's release. Throws KinitError naming what is missing.
 */
export async function livingNode(target: Target, { settings, timeouts }: LivingNodeInput): Promise<LivingNode> {
  const { host, kube, release } = target;
  const client = await kube();
  const [seen, local, configText, nodes, apiServers] = await Promise.all([
    host.observe({
      facts: target.facts === undefined,
      files: [kubeletConf, kubeletConfigFile, kubeletFlagsFile, kubeletInstanceConfigFile],
      paths: [staticPodFile('kube-apiserver')],
    }),
    localControlPlane(host),
    client.get(configMap('kubeadm-config')).then((found) => entryOf(found, 'kubeadm-config', 'ClusterConfiguration')),
    client.list({ apiVersion: 'v1', kind: 'Node' }).catch(onlyForAdministrators),
    client.list(apiServerPods).catch(onlyForAdministrators),
  ]);
  const { facts = target.facts } = seen;
  if (facts === undefined) throw new Error(`${host.name} told no facts`);
  const stored = await storedCluster(configText);
  const { cluster, unknown } = await storedCluster(configText, release);
  const nodeName = await nodeNameOf(target, seen, facts);
  const isControlPlane = local !== undefined;
  const version = parseVersion(stored.cluster.kubernetesVersion, 'kubeadm-config');
  const components = knownComponentFields(
    withCgroupDriver(await storedComponents(client, version), seen, release),
    release,
    warner(target, host.name),
  );
  const node = nodes.find(({ metadata }) => metadata.name === nodeName);
  const config: InitConfig = {
    cluster,
    unknown,
    nodeRegistration: registration(nodeName, criSocketOf(node, seen, facts), settings),
    localAPIEndpoint: local?.endpoint ?? {
      advertiseAddress: facts.defaultAddress.v4 ?? '',
      bindPort: defaults.bindPort,
    },
    bootstrapTokens: [],
    skipPhases: [],
    timeouts: completeTimeouts(timeouts, {}),
    ...components,
  };
  return { facts, nodeName, isControlPlane, stored, config, apiServers, nodes };
}

/** The release that the cluster is at, by kubeadm-config; a node's own rights suffice. Throws KinitError. */
export async function clusterRelease(client: KubeClient): Promise<Release> {
  const text = entryOf(await client.get(configMap('kubeadm-config')), 'kubeadm-config', 'ClusterConfiguration');
  const { cluster } = await storedCluster(text);
  return releaseFor(admitted(parseVersion(cluster.kubernetesVersion, 'kubeadm-config')), 'kubeadm-config');
}

/** A node's own rights show neither. */
function onlyForAdministrators(error: unknown): readonly KubeObject[] {
  if (error instanceof KinitError && 'status' in error && error.status === 403) return [];
  throw error;
}

/**
 * The version of the cluster: that of its newest API server, by its image (kubeadm getLatestClusterVersion); without any
 * that tells, what kubeadm-config says.
 */
export function clusterVersion(apiServers: readonly KubeObject[], { cluster }: StoredCluster): Version {
  const versions = apiServers.flatMap((pod) => podVersion(pod) ?? []).toSorted(newestFirst);
  return versions[0] ?? parseVersion(cluster.kubernetesVersion, 'kubeadm-config');
}

/** The version of a static pod, by the tag of its first image. */
function podVersion(pod: KubeObject): Version | undefined {
  return tryParseVersion(tagOf(podImage(pod)).replace('_', '+'));
}

function newestFirst(a: Version, b: Version): number {
  return b.minor - a.minor || b.patch - a.patch;
}

function configMap(name: string): ObjectRef {
  return { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name };
}

function entryOf(found: KubeObject | undefined, name: string, entry: string): string {
  const text = (found?.['data'] as Readonly<Record<string, string>> | undefined)?.[entry];
  if (text !== undefined) return text;
  throw new KinitError(`ConfigMap kube-system/${name} ${found ? `has no "${entry}"` : 'is missing'} in this cluster`, {
    hint: 'on a control-plane node, `kinit init phase upload-config` writes it again',
  });
}

/** As the cluster keeps them: what kubeadm generated, and nobody has edited, is generated anew. */
async function storedComponents(client: KubeClient, version: Version) {
  const name = releaseFor(admitted(version)).node.kubeletConfigMap;
  const [own, unversioned, proxy] = await Promise.all([
    client.get(configMap(name)).catch(onlyForAdministratorsOne),
    // As a gate of v1.23 has it (UnversionedKubeletConfigMap).
    client.get(configMap('kubelet-config')).catch(onlyForAdministratorsOne),
    client.get(configMap('kube-proxy')).catch(onlyForAdministratorsOne),
  ]);
  const kubelet = own ?? unversioned;
  const { kubelet: types, addons } = releaseFor(admitted(version));
  entryOf(kubelet, name, 'kubelet');
  return {
    kubelet: storedComponent(kubelet, { entry: 'kubelet', kind: 'KubeletConfiguration', fields: types.fields }),
    kubeProxy: storedComponent(proxy, {
      entry: 'config.conf',
      kind: 'KubeProxyConfiguration',
      fields: addons.kubeProxy.fields,
    }),
  };
}

/**
 * What kubelets go by unsaid is said before kubeadm would switch it under them: a kubelet on cgroupfs beside a runtime on
 * cgroupfs does not come back with systemd (release notes 1.22: #102133).
 */
function withCgroupDriver(
  components: { readonly kubelet: ComponentConfig; readonly kubeProxy: ComponentConfig },
  seen: Seen,
  { upgrade }: Release,
) {
  const { kubelet } = components;
  if (!upgrade.saysCgroupDriver || kubelet.object['cgroupDriver'] !== undefined) return components;
  const text = seen.files.get(kubeletConfigFile)?.content?.toString('utf8') ?? '';
  const [, own] = /^cgroupDriver: *"?(\w+)"?/m.exec(text) ?? [];
  const cgroupDriver = own ?? flag(seen, 'cgroup-driver') ?? 'cgroupfs';
  return { ...components, kubelet: { ...kubelet, object: { ...kubelet.object, cgroupDriver } } };
}

function onlyForAdministratorsOne(error: unknown): undefined {
  onlyForAdministrators(error);
}

/** By the certificate of its kubelet, else by its host (kubeadm GetNodeName). Throws KinitError where it has not joined. */
async function nodeNameOf({ host }: Target, seen: Seen, facts: Facts): Promise<string> {
  const text = seen.files.get(kubeletConf)?.content?.toString('utf8');
  if (text === undefined) {
    throw new KinitError(`${kubeletConf} is missing: this host is no node of a cluster`, {
      host: host.name,
      hint: 'run this on a node that has joined, or reach one with --host',
    });
  }
  const { clientCertificate } = await hostKubeconfig(host, kubeletConf, text).catch(
    (): { readonly clientCertificate?: string } => ({}),
  );
  const name = clientCertificate && partsOf(new X509Certificate(clientCertificate)).commonName;
  const prefix = 'system:node:';
  if (name?.startsWith(prefix)) return name.slice(prefix.length);
  return flag(seen, 'hostname-override') ?? facts.hostname.trim().toLowerCase();
}

/** On the Node, in instance-config.yaml, in the kubelet's flags, else the runtime that there is (FACTS of kubeadm's order). */
function criSocketOf(node: KubeObject | undefined, seen: Seen, facts: Facts): string {
  const annotated = node?.metadata.annotations?.['kubeadm.alpha.kubernetes.io/cri-socket'];
  const instance = seen.files.get(kubeletInstanceConfigFile)?.content?.toString('utf8') ?? '';
  const [, noted] = /^containerRuntimeEndpoint:\s*"?([^"\s]+)"?/m.exec(instance) ?? [];
  const socket = annotated || noted || flag(seen, 'container-runtime-endpoint');
  return socket ?? facts.runtime.sockets[0] ?? '/var/run/dockershim.sock';
}

function flag(seen: Seen, name: string): string | undefined {
  const text = seen.files.get(kubeletFlagsFile)?.content?.toString('utf8') ?? '';
  return new RegExp(`--${name}=([^\\s"]+)`).exec(text)?.[1];
}

function registration(
  name: string,
  criSocket: string,
  { imagePullPolicy, imagePullSerial, ignorePreflightErrors }: LivingNodeInput['settings'],
): NodeRegistration {
  return { name, criSocket, kubeletExtraArgs: [], ignorePreflightErrors, imagePullPolicy, imagePullSerial };
}
