import type { ClusterConfiguration } from '../../config/types.ts';
import { endpointLine, hostsLines } from '../../inventory/endpoint.ts';
import { controlPlanesOf, loadBalancerOf, type VirtualAddress } from '../../inventory/load-balancer.ts';
import type { Inventory, InventoryHost } from '../../inventory/types.ts';
import { argumentValue } from '../../manifests/arguments.ts';
import { balancerImages } from '../../manifests/balancer-images.ts';
import { type HaproxySettings, haproxyCaFile } from '../../manifests/haproxy.ts';
import type { Release } from '../../release/release.ts';

/** How a node reaches the API servers, as the file wants it. */
export interface NodeBalancing {
  /** haproxy on the node itself, a worker; undefined: none. */
  readonly local?: { readonly settings: HaproxySettings; readonly image: string };
  /** What holds a virtual address, on a control plane; undefined: none. */
  readonly virtual?: VirtualBalancing;
  /** Of kinit's block in the hosts file, once the node has joined; undefined where that file is left alone. */
  readonly hostsLines?: readonly string[];
  /** The last of them: the way to the API servers; undefined where it is none of kinit's. */
  readonly way?: string;
}

/** A virtual address, and what is to be known to hold it on one control plane. */
export interface VirtualBalancing {
  readonly balancer: VirtualAddress;
  /** Of the programs: haproxy's and keepalived's, or kube-vip's. */
  readonly images: readonly string[];
  /** Of the node. */
  readonly name: string;
  readonly address: string;
  /** Addresses of all of them, in the order of the file. */
  readonly controlPlanes: readonly string[];
  /** Of the API servers. */
  readonly bindPort: number;
  /** Of haproxy beside keepalived. */
  readonly settings: HaproxySettings;
}

export interface BalancedCluster {
  readonly inventory: Inventory;
  readonly cluster: ClusterConfiguration;
  /** Of the API servers. */
  readonly bindPort: number;
  readonly release: Release;
}

/** How a host reaches the API servers of its cluster once it is a node. */
export function balancingOf(
  host: InventoryHost,
  { inventory, cluster, bindPort, release }: BalancedCluster,
): NodeBalancing {
  const balancer = loadBalancerOf(inventory, bindPort);
  const way = { inventory, cluster, bindPort, host, isNode: true };
  const line = endpointLine(way);
  return {
    ...(balancer.kind === 'local' && host.role === 'worker'
      ? {
          local: {
            settings: {
              bind: '127.0.0.1',
              port: balancer.port,
              caFile: haproxyCaFile,
              ...serversOf(inventory, cluster, bindPort),
            },
            image: balancer.image ?? release.loadBalancer.haproxy,
          },
        }
      : {}),
    ...((balancer.kind === 'keepalived' || balancer.kind === 'kube-vip') && host.role === 'control-plane'
      ? {
          virtual: {
            balancer,
            images: balancerImages(balancer, release).controlPlanes,
            name: host.name,
            address: host.address,
            controlPlanes: controlPlanesOf(inventory).map(({ address }) => address),
            bindPort,
            settings: {
              bind: '*',
              port: balancer.port,
              caFile: `${cluster.certificatesDir}/ca.crt`,
              ...serversOf(inventory, cluster, bindPort),
            },
          },
        }
      : {}),
    ...(line === undefined ? {} : { hostsLines: hostsLines(way), way: line }),
  };
}

/** The API servers that a load balancer leads to, and what a ready one says. */
function serversOf(
  inventory: Inventory,
  { apiServer }: ClusterConfiguration,
  bindPort: number,
): Pick<HaproxySettings, 'servers' | 'readyStatus'> {
  return {
    servers: controlPlanesOf(inventory).map(({ name, address }) => ({ name, address, port: bindPort })),
    readyStatus: argumentValue(apiServer.extraArgs, 'anonymous-auth') === 'false' ? 401 : 200,
  };
}
