import { contains, overlap, parseAddress, parseSubnet } from '../config/network.ts';
import { subnetsOf } from './network.ts';
import { failure, type PreflightContext, type Problem, warning } from './problem.ts';

/** A cluster subnet that holds an address of the host cuts it off; one that meets a route only shadows it. */
export function subnetOverlap({ facts, subject, ours }: PreflightContext): readonly Problem[] {
  const foreign = ({ interface: device }: { readonly interface: string }) => !clusterInterface.test(device);
  return subnetsOf(subject).flatMap((subnet) => {
    const own = facts.addresses.filter(foreign).find(({ address }) => {
      const parsed = parseAddress(address);
      return parsed !== undefined && contains(subnet, parsed);
    });
    const mend = 'choose another --pod-network-cidr or --service-cidr';
    if (own) {
      const message = `the cluster's subnet ${subnet.text} holds this host's own address`;
      return [
        failure('SubnetOverlap', message, { evidence: `${own.address}/${own.prefix} on ${own.interface}`, mend }),
      ];
    }
    // Pod networks lay routes to the other nodes' pods through the host's own interface.
    if (ours.node) return [];
    return facts.routes.filter(foreign).flatMap(({ destination, interface: device }) => {
      const route = parseSubnet(destination);
      if (!route || route.prefix === 0 || !overlap(route, subnet)) return [];
      const message = `the cluster's subnet ${subnet.text} overlaps with a route of this host`;
      return [warning('SubnetOverlap', message, { evidence: `${destination} dev ${device}`, mend })];
    });
  });
}

/** Interfaces that pod networks and kube-proxy make. */
const clusterInterface = /^(lo$|cni|flannel|cali|tunl|vxlan\.calico|kube-|cilium|lxc|veth|nodelocaldns|antrea|weave)/;
