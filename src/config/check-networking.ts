import type { Release } from '../release/release.ts';
import type { Report } from './findings.ts';
import { overlap, parseSubnets, type Subnet } from './network.ts';
import { isSubdomain } from './rules.ts';
import type { ClusterConfiguration } from './types.ts';

const bits = { IPv4: 32, IPv6: 128 } as const;
/** kubeadm's MaximumBitsForServiceSubnet, PodSubnetNodeMaskMaxDiff and the defaults of the controller manager. */
const largestServiceBits = 20;
const largestMaskDifference = 16;
const defaultNodeMask = { IPv4: 24, IPv6: 64 } as const;
/** kubeadm's MinimumAddressesInServiceSubnet and MinimumAddressesInPodSubnet. */
const fewestServiceAddresses = 10n;
const fewestPodAddresses = 14n;

/** kubeadm's ValidateNetworking, and that the subnets do not overlap (which kubeadm does not look at). */
export function checkNetworking(cluster: ClusterConfiguration, release: Release, report: Report): void {
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
  for (const pod of pods) {
    checkNodeMask(pod, dualStack, cluster, report);
    for (const service of services) {
      if (overlap(pod, service))
        report(['networking', 'podSubnet'], `${pod.text} overlaps the service subnet ${service.text}`);
    }
  }
}

/** As the gate IPv6DualStack has it until it is GA (kubeadm v1.20.2 and v1.22.6, ValidateIPNetFromString and getClusterNodeMask). */
function hasDualStack({ featureGates }: ClusterConfiguration, { configApi }: Release): boolean {
  const gate = configApi.featureGates['IPv6DualStack'];
  return gate === undefined || gate.stage === 'ga' || (featureGates['IPv6DualStack'] ?? gate.enabled);
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
function checkNodeMask(pod: Subnet, dualStack: boolean, cluster: ClusterConfiguration, report: Report): void {
  const path = ['networking', 'podSubnet'];
  if (argument(cluster, 'allocate-node-cidrs') === 'false') return;
  const name = dualStack ? `node-cidr-mask-size-${pod.family.toLowerCase()}` : 'node-cidr-mask-size';
  const value = argument(cluster, name);
  const mask = value === undefined || value === '' ? defaultNodeMask[pod.family] : Number(value);
  if (!Number.isInteger(mask) || mask < 0 || mask > bits[pod.family]) {
    report(['controllerManager', 'extraArgs'], `${name} has to be a number from 0 to ${bits[pod.family]}`);
  } else if (pod.prefix > mask) {
    report(path, `${pod.text} is smaller than the /${mask} that each node takes from it`);
  } else if (mask - pod.prefix > largestMaskDifference) {
    report(path, `${pod.text} is too large for nodes of /${mask}: at most a /${mask - largestMaskDifference}`);
  }
}

function argument({ controllerManager }: ClusterConfiguration, name: string): string | undefined {
  return controllerManager.extraArgs.findLast((arg) => arg.name === name)?.value;
}
