import { createHash } from 'node:crypto';
import type { ClusterDocument, ConfigFile, FileDocument, InitDocument, JoinDocument } from '../config/documents.ts';
import { parseAddress } from '../config/network.ts';
import type { NodeFacts } from '../config/node-facts.ts';
import { defined } from '../defined.ts';
import type { Release } from '../release/release.ts';
import { balancedNames, endpointOf, type MadeCluster } from './endpoint.ts';
import { controlPlanesOf, loadBalancerOf } from './load-balancer.ts';
import type { ClusterFile, Inventory, InventoryHost } from './types.ts';

/** What flannel's own manifest has, and so most clusters. */
const usualPodSubnet = '10.244.0.0/16';

/**
 * The file's documents for `init` on a host: what the inventory says where they say nothing themselves. `made` is what is
 * known of the cluster where it is there already.
 */
export function initDocuments(
  file: ClusterFile,
  inventory: Inventory,
  host: InventoryHost,
  release: Release,
  facts: NodeFacts,
  made?: MadeCluster,
): ConfigFile {
  const init = file.init?.value ?? {};
  const address = ownAddress(host, facts);
  const advertised = init.localAPIEndpoint?.advertiseAddress ?? address;
  const value: InitDocument = {
    ...init,
    nodeRegistration: registration(init.nodeRegistration, inventory, host, release, facts),
    ...(advertised === undefined
      ? {}
      : { localAPIEndpoint: { ...init.localAPIEndpoint, advertiseAddress: advertised } }),
  };
  return {
    file: file.file,
    init: as(file.init, file, value),
    cluster: as(file.cluster, file, clusterDocument(file, inventory, made)),
    ...kubeletDocument(file, inventory, release),
    ...(file.kubeProxy ? { kubeProxy: file.kubeProxy } : {}),
  };
}

/**
 * What a host joins with: a worker with the file's JoinConfiguration, which is one for all of them; a control plane with
 * what its InitConfiguration says of every control plane.
 */
export function joinDocuments(
  file: ClusterFile,
  inventory: Inventory,
  host: InventoryHost,
  release: Release,
  facts: NodeFacts,
): ConfigFile {
  if (host.role === 'control-plane') return joiningControlPlane(file, inventory, host, release, facts);
  const { controlPlane: _, discovery: __, ...join } = file.join?.value ?? {};
  const value: JoinDocument = {
    ...join,
    nodeRegistration: registration(join.nodeRegistration, inventory, host, release, facts),
  };
  return { file: file.file, join: as(file.join, file, value) };
}

function joiningControlPlane(
  file: ClusterFile,
  inventory: Inventory,
  host: InventoryHost,
  release: Release,
  facts: NodeFacts,
): ConfigFile {
  const { nodeRegistration, localAPIEndpoint, timeouts, patches } = file.init?.value ?? {};
  const value: JoinDocument = {
    ...defined({ timeouts, patches }),
    nodeRegistration: registration(nodeRegistration, inventory, host, release, facts),
    controlPlane: {
      localAPIEndpoint: { ...localAPIEndpoint, ...defined({ advertiseAddress: ownAddress(host, facts) }) },
    },
  };
  const document = file.init && { ...file.init, value };
  return { file: file.file, join: document ?? as(undefined, file, value) };
}

/** Changes whenever the file says anything else about what a host is to be; other hosts do not count. */
export function hostFingerprint(file: ClusterFile, inventory: Inventory, host: InventoryHost): string {
  const { preparation, packages, runtime, images, snapshots } = inventory;
  const { ssh: _, ...entry } = host;
  const parts = [file.cluster, file.kubelet, file.kubeProxy, host.role === 'worker' ? file.join : file.init];
  const balancer = loadBalancerOf(inventory);
  // Every node's load balancer leads to the control planes.
  const balanced = balancer.kind === 'none' ? [] : [balancer, controlPlanesOf(inventory).map(({ address }) => address)];
  const said = [
    entry,
    preparation,
    packages,
    runtime,
    images,
    parts.map((part) => [part?.value, part?.rest]),
    ...balanced,
    ...(host.role === 'control-plane' && snapshots !== undefined ? [snapshots] : []),
  ];
  return createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, 16);
}

function clusterDocument(file: ClusterFile, inventory: Inventory, made: MadeCluster | undefined): ClusterDocument {
  const cluster = file.cluster?.value ?? {};
  const { images, network } = inventory;
  const endpoint = endpointOf(file, inventory, made);
  const names = balancedNames(inventory).filter((name) => !cluster.apiServer?.certSANs?.includes(name));
  const repository = cluster.imageRepository ?? images.repository;
  const podSubnet = cluster.networking?.podSubnet ?? (network.plugin === 'flannel' ? usualPodSubnet : undefined);
  return {
    ...cluster,
    ...defined({ controlPlaneEndpoint: endpoint }),
    ...(names.length === 0
      ? {}
      : { apiServer: { ...cluster.apiServer, certSANs: [...(cluster.apiServer?.certSANs ?? []), ...names] } }),
    ...defined({ imageRepository: repository }),
    ...(podSubnet === undefined ? {} : { networking: { ...cluster.networking, podSubnet } }),
  };
}

/** The kubelet and its runtime must use the same cgroup driver. */
function kubeletDocument(file: ClusterFile, { runtime }: Inventory, release: Release): Pick<ConfigFile, 'kubelet'> {
  const given = file.kubelet;
  const isDefault = release.kubelet.cgroupDriver === runtime.cgroupDriver;
  if (given?.value['cgroupDriver'] !== undefined || isDefault) return given ? { kubelet: given } : {};
  const type = { apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration' };
  return { kubelet: as(given, file, { ...(given?.value ?? type), cgroupDriver: runtime.cgroupDriver }) };
}

type Registration = NonNullable<InitDocument['nodeRegistration']>;

function registration(
  given: Registration = {},
  { runtime }: Inventory,
  host: InventoryHost,
  { configApi }: Release,
  facts: NodeFacts,
): Registration {
  const { docker, probe } = configApi.criSockets;
  const containerd = probe.find(({ path }) => path.includes('/containerd/'));
  const socket = given.criSocket ?? (runtime.name === 'docker' ? docker : containerd)?.socket;
  const address = ownAddress(host, facts);
  const isUsual = address === undefined || [facts.defaultAddress.v4, facts.defaultAddress.v6].includes(address);
  const args = given.kubeletExtraArgs ?? [];
  const nodeIp = isUsual || args.some(({ name }) => name === 'node-ip') ? [] : [{ name: 'node-ip', value: address }];
  return {
    ...given,
    name: host.name,
    ...defined({ criSocket: socket }),
    ...(host.taints === undefined ? {} : { taints: host.taints.map((taint) => ({ ...taint })) }),
    ...(nodeIp.length === 0 ? {} : { kubeletExtraArgs: [...args, ...nodeIp] }),
  };
}

/** The address of the inventory where the host has it itself; behind a translation of addresses it has not. */
function ownAddress({ address }: InventoryHost, facts: NodeFacts): string | undefined {
  const wanted = parseAddress(address)?.text;
  return facts.addresses.some((one) => parseAddress(one.address)?.text === wanted) ? wanted : undefined;
}

/** A document with another content in the place of one that is there, or that is not. */
function as<T>(document: FileDocument<T> | undefined, { inventory }: ClusterFile, value: T): FileDocument<T> {
  return document
    ? { ...document, value }
    : { apiVersion: 'kubeadm.k8s.io/v1beta4', value, rest: {}, placeOf: inventory.placeOf };
}
