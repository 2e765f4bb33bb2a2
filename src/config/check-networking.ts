import type { Release } from '../release/release.ts';
import type { Report } from './findings.ts';
import { overlap, parseSubnets, type Subnet } from './network.ts';
import { allocatesNodeSubnets, hasDualStack, maskConflict, type NodeMask, nodeMask } from './node-mask.ts';
import { isSubdomain } from './rules.ts';
import type { ClusterConfiguration } from './types.ts';

const bits = { IPv4: 32, IPv6: 128 } as const;
/** kubeadm's MaximumBitsForServiceSubnet, PodSubnetNodeMaskMaxDiff. */
const largestServiceBits = 20;
const largestMaskDifference = 16;
/** kubeadm's MinimumAddressesInServiceSubnet and MinimumAddressesInPodSubnet. */
const fewestServiceAddresses = 10n;
const fewestPodAddresses = 14n;

/**
 * kubeadm's ValidateNetworking, and what it does not look at: whether the controller manager takes the masks, and whether
 * a pod subnet that overlaps a service subnet leaves something for pods.
 */
export function checkNetworking(
  cluster: ClusterConfiguration,
  release: Release,
  report: Report,
  warn: (message: string) => void,
): void {
  const { serviceSubnet, podSubnet, dnsDomain } = cluster.networking;
  if (!isSubdomain(dnsDomain)) report(['networking', 'dnsDomain'], `"${dnsDomain}" is no DNS domain (RFC 1123)`);
  const dualStack = hasDualStack(cluster, release);
  const check = (text: string, field: string, fewest: bigint) =>
    checkSubnets({ text, path: ['networking', field], fewest }, dualStack, report);
  const services = check(serviceSubnet, 'serviceSubnet', fewestServiceAddresses);
  const pods = podSubnet === undefined ? [] : check(podSubnet, 'podSubnet', fewestPodAddresses);
  for (const { text, family, prefix } of services) {
    const widest = bits[family] - largestServiceBits;
    if (prefix < widest)
      report(['networking', 'serviceSubnet'], `${text} is too large: at most a /${widest} for ${family}`);
  }
  const conflict = allocatesNodeSubnets(cluster) ? maskConflict(pods, cluster) : undefined;
  if (conflict) report(['controllerManager', 'extraArgs'], conflict);
  for (const pod of pods) {
    const mask = nodeMask(pod, cluster, release);
    if (allocatesNodeSubnets(cluster) && !conflict) checkNodeMask(pod, mask, cluster, report);
    for (const service of services.filter((each) => overlap(pod, each))) {
      const part = allocatesNodeSubnets(cluster) ? mask.prefix : bits[pod.family];
      if (leavesSome(pod, part, service)) warn(overlapWarning(pod, service));
      else {
        const message = `${pod.text} overlaps the service subnet ${service.text} so far that nothing of it is left for pods`;
        report(['networking', 'podSubnet'], message);
      }
    }
  }
}

/**
 * Whether the pod subnet, in parts of the prefix `part`, has one that shares no address with the service subnet, which
 * overlaps it: those the controller manager leaves out (pkg/controller/nodeipam/ipam filterOutServiceRange). Of two
 * subnets that overlap one holds the other.
 */
function leavesSome(pod: Subnet, part: number, service: Subnet): boolean {
  return service.prefix > pod.prefix && part !== pod.prefix;
}

function overlapWarning(pod: Subnet, service: Subnet): string {
  return `networking.podSubnet: ${pod.text} overlaps the service subnet ${service.text}: the controller manager leaves the services' range out of what it gives to nodes; a pod network that gives out addresses itself has to be told`;
}

interface SubnetField {
  readonly text: string;
  readonly path: readonly string[];
  readonly fewest: bigint;
}

function checkSubnets({ text, path, fewest }: SubnetField, dualStack: boolean, report: Report): readonly Subnet[] {
  const subnets = parseSubnets(text);
  if (!subnets) {
    report(path, `"${text}" is not a subnet such as 10.244.0.0/16`);
    return [];
  }
  if (subnets.length > 2 || (subnets.length === 2 && subnets[0]?.family === subnets[1]?.family)) {
    report(path, `"${text}" has to be one subnet, or one of IPv4 and one of IPv6`);
  } else if (subnets.length === 2 && !dualStack) {
    report(path, `"${text}" has to be one subnet: two need the feature gate IPv6DualStack`);
  }
  for (const { text: each, size } of subnets) {
    if (size < fewest) report(path, `${each} is too small: it has ${size} addresses, ${fewest} are needed`);
  }
  return subnets;
}

/** Every node gets a part of the pod subnet: it must not be larger than the whole, nor so small that parts run out. */
function checkNodeMask(pod: Subnet, mask: NodeMask, cluster: ClusterConfiguration, report: Report): void {
  const path = ['networking', 'podSubnet'];
  const { argument, given, prefix } = mask;
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > bits[pod.family]) {
    report(['controllerManager', 'extraArgs'], `${argument} has to be a number from 0 to ${bits[pod.family]}`);
  } else if (pod.prefix > prefix) {
    const message = `${pod.text} is smaller than the /${prefix} that each node takes from it`;
    report(path, given === undefined ? `${message}${whereToSay(argument, cluster)}` : message);
  } else if (prefix - pod.prefix > largestMaskDifference) {
    report(path, `${pod.text} is too large for nodes of /${prefix}: at most a /${prefix - largestMaskDifference}`);
  }
}

/** kubeadm looks at one argument alone, whatever others the controller manager would take too. */
function whereToSay(argument: string, { controllerManager }: ClusterConfiguration): string {
  const other = controllerManager.extraArgs.find(({ name }) => name.startsWith('node-cidr-mask-size'))?.name;
  const beside = other === undefined ? '' : `, which kubeadm reads and not ${other}`;
  return `; another size is said by the controller manager's argument ${argument}${beside}`;
}
