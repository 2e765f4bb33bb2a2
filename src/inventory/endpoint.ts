import { hostPort, parseAddress, splitHostPort } from '../config/network.ts';
import type { ClusterConfiguration } from '../config/types.ts';
import { InputError, type InputProblem } from '../errors.ts';
import { apiServerPort } from '../release/ports.ts';
import { controlPlanesOf, type LoadBalancer, loadBalancerOf } from './load-balancer.ts';
import type { ClusterFile, Inventory, InventoryHost } from './types.ts';

/**
 * The name by which the nodes of a cluster find its API servers where the file says no other, in the block of kinit's in
 * their hosts files. `internal` is nobody's: https://www.icann.org/en/board-activities-and-meetings/materials/approved-resolutions-special-meeting-of-the-icann-board-29-07-2024-en
 */
export const ownEndpointName = 'api.kinit.internal';

/** A cluster that is there already, whose endpoint stays what it is. */
export interface MadeCluster {
  readonly controlPlaneEndpoint: string | undefined;
}

/**
 * The controlPlaneEndpoint of the file's cluster: what the file says, else the load balancer by kinit's own name, else that
 * name alone, so that further control planes are an edit. undefined where a cluster was made without, or where no hosts
 * file may hold a name.
 */
export function endpointOf(file: ClusterFile, inventory: Inventory, made?: MadeCluster): string | undefined {
  const given = file.cluster?.value.controlPlaneEndpoint;
  if (given) return given;
  const bindPort = bindPortOf(file);
  const balancer = loadBalancerOf(inventory, bindPort);
  const hasName =
    inventory.preparation.hostsFile && controlPlanesOf(inventory).every(({ address }) => parseAddress(address));
  switch (balancer.kind) {
    case 'none':
      if (!hasName || (made !== undefined && !isOwnName(made.controlPlaneEndpoint))) return undefined;
      return hostPort(ownEndpointName, bindPort);
    case 'external':
      return hostPort(hasName && parseAddress(balancer.address) ? ownEndpointName : balancer.address, balancer.port);
    case 'local':
      return hostPort(ownEndpointName, balancer.port);
    default:
      return hostPort(hasName ? ownEndpointName : balancer.address, balancer.port);
  }
}

/** Names of the load balancer that the API servers' certificates hold beside the endpoint's: for who comes from elsewhere. */
export function balancedNames(inventory: Inventory): readonly string[] {
  const balancer = loadBalancerOf(inventory);
  return 'address' in balancer ? [balancer.address] : [];
}

/** The name of the file's endpoint where others than kinit say what it resolves to; undefined where it has none. */
export function nameOfOthers(file: ClusterFile, inventory: Inventory): string | undefined {
  const { host = '' } = splitHostPort(endpointOf(file, inventory) ?? '') ?? {};
  if (host === '' || parseAddress(host) || host === ownEndpointName) return undefined;
  const { kind } = loadBalancerOf(inventory, bindPortOf(file));
  return inventory.preparation.hostsFile && kind !== 'none' && kind !== 'external' ? undefined : host;
}

/** Where the file's API servers listen. */
export function bindPortOf({ init }: Pick<ClusterFile, 'init'>): number {
  return init?.value.localAPIEndpoint?.bindPort || apiServerPort;
}

/** Throws InputError with everything in which endpoint, load balancer and API servers do not fit together. */
export function checkEndpoint(file: ClusterFile, inventory: Inventory): void {
  const bindPort = bindPortOf(file);
  const balancer = loadBalancerOf(inventory, bindPort);
  refuseOneAddress(file, inventory);
  if (balancer.kind === 'none') return;
  const port = portProblem(balancer, bindPort);
  const endpoint = file.cluster?.value.controlPlaneEndpoint;
  const problems: readonly InputProblem[] = [
    ...(port === undefined ? [] : [{ place: file.inventory.placeOf(['loadBalancer', 'port']), message: port }]),
    ...(endpoint
      ? endpointProblems(endpoint, balancer, inventory, bindPort).map((message) => ({
          place: file.cluster?.placeOf(['controlPlaneEndpoint']) ?? file.file,
          message,
        }))
      : []),
  ];
  if (problems.length > 0) throw new InputError(problems);
}

/** An address is one host's. */
function refuseOneAddress({ init }: ClusterFile, inventory: Inventory): void {
  const address = init?.value.localAPIEndpoint?.advertiseAddress;
  if (!address || controlPlanesOf(inventory).length < 2) return;
  const place = init?.placeOf(['localAPIEndpoint', 'advertiseAddress']) ?? '';
  throw new InputError(
    [{ place, message: `"${address}" is the address of one host, and there are several control planes` }],
    'leave it out: each control plane has the address that its host has in the Inventory',
  );
}

function portProblem(
  { kind, ...balancer }: Exclude<LoadBalancer, { kind: 'none' }>,
  bindPort: number,
): string | undefined {
  const isSame = balancer.port === bindPort;
  if (kind === 'keepalived' && isSame) {
    return `${bindPort} is taken by the API servers, beside which the load balancer runs: take another one, such as 8443`;
  }
  if ((kind === 'local' || kind === 'kube-vip') && !isSame) {
    const why =
      kind === 'local' ? 'control planes find their own one by the same name' : 'the address leads to them directly';
    return `has to be ${bindPort}, that of the API servers: ${why}`;
  }
  return undefined;
}

function endpointProblems(
  endpoint: string,
  balancer: Exclude<LoadBalancer, { kind: 'none' }>,
  { hosts }: Inventory,
  bindPort: number,
): readonly string[] {
  const { host = '', port = bindPort } = splitHostPort(endpoint) ?? {};
  const address = parseAddress(host);
  const holder = hosts.find(({ name }) => name.toLowerCase() === host.toLowerCase());
  const isVirtual = balancer.kind === 'kube-vip' || balancer.kind === 'keepalived';
  return [
    ...(balancer.kind === 'local' && address
      ? [`has to be a name, not the address ${host}: with a local load balancer it leads to another place on each node`]
      : []),
    ...(isVirtual && address && address.text !== parseAddress(balancer.address)?.text
      ? [`${host} is not the virtual address ${balancer.address} of the load balancer`]
      : []),
    ...(balancer.kind !== 'external' && holder ? [`${host} is the name of one of the hosts: take another one`] : []),
    ...(port === balancer.port ? [] : [`has the port ${port}, the load balancer ${balancer.port}`]),
  ];
}

export interface EndpointWay {
  readonly inventory: Inventory;
  readonly cluster: Pick<ClusterConfiguration, 'controlPlaneEndpoint'>;
  /** Of the API servers. */
  readonly bindPort: number;
  /** Whose way it is. */
  readonly host: InventoryHost;
  /** Its kubelet, and a control plane's API server, has what it needs: what is on the host itself runs or will. */
  readonly isNode: boolean;
  /** Address of the control plane that a joining node is led to; default: the first of the file. */
  readonly leader?: string | undefined;
}

/** The lines of kinit's block in a host's hosts file: all nodes that are known by an address, then the way to the API servers. */
export function hostsLines(way: EndpointWay): readonly string[] {
  const { hosts } = way.inventory;
  const nodes = hosts.flatMap(({ address, name }) => (parseAddress(address) ? [`${address} ${name}`] : []));
  const line = endpointLine(way);
  return line === undefined ? nodes : [...nodes, line];
}

/**
 * The line of the hosts file that leads a host to the API servers: a control plane to its own one, so that it depends on
 * nobody, a worker to the load balancer or, until it is a node and one of kinit's can be there, to a control plane.
 * undefined where the endpoint is none that kinit leads to.
 */
export function endpointLine(way: EndpointWay): string | undefined {
  const { inventory, cluster, host } = way;
  const { host: name = '', port } = splitHostPort(cluster.controlPlaneEndpoint ?? '') ?? {};
  if (name === '' || parseAddress(name) || !inventory.preparation.hostsFile) return undefined;
  const balancer = loadBalancerOf(inventory, way.bindPort);
  const isLed = name === ownEndpointName || !['none', 'external'].includes(balancer.kind);
  if (!isLed) return undefined;
  const answersItself = balancer.kind === 'keepalived' || port === way.bindPort;
  const first = way.leader ?? controlPlanesOf(inventory)[0]?.address;
  const isOwn = host.role === 'control-plane' && answersItself && (way.isNode || host.address === first);
  const address = isOwn ? host.address : addressFor(balancer, way);
  return address === undefined || !parseAddress(address) ? undefined : `${address} ${name}`;
}

function addressFor(balancer: LoadBalancer, { inventory, isNode, leader }: EndpointWay): string | undefined {
  const controlPlane = leader ?? controlPlanesOf(inventory)[0]?.address;
  switch (balancer.kind) {
    case 'none':
      return controlPlane;
    case 'local':
      return isNode ? '127.0.0.1' : controlPlane;
    case 'external':
      return balancer.address;
    default:
      return isNode ? balancer.address : controlPlane;
  }
}

/** Whether an endpoint, or the URL of a server, is by kinit's own name. */
export function isOwnName(endpoint: string | undefined): boolean {
  return splitHostPort((endpoint ?? '').replace(/^https:\/\//, ''))?.host === ownEndpointName;
}

/**
 * The server of a kubeconfig as who is no node reaches it: in place of kinit's name the load balancer's address where it has
 * one, else the address that the control plane's hosts file has for that name.
 */
export function serverFromOutside(server: string, hostsFile: string, inventory?: Inventory): string {
  const { host, port } = splitHostPort(server.replace(/^https:\/\//, '')) ?? {};
  if (host !== ownEndpointName) return server;
  const [balanced] = inventory === undefined ? [] : balancedNames(inventory);
  const lines = hostsFile.split('\n').map((line) => line.replace(/#.*/, '').trim().split(/\s+/));
  const address = balanced ?? lines.find(([, ...names]) => names.includes(ownEndpointName))?.[0];
  return address === undefined || !parseAddress(address)
    ? server
    : `https://${hostPort(address, port ?? apiServerPort)}`;
}
