import type { Release } from '../release/release.ts';
import type { Family, Subnet } from './network.ts';
import type { ClusterConfiguration } from './types.ts';

/** The controller manager's own (cmd/kube-controller-manager/app/core.go). */
const defaultNodeMask: Readonly<Record<Family, number>> = { IPv4: 24, IPv6: 64 };

/**
 * Prefix of a node's part of the pod subnet as kubeadm computes it where it passes one (calcNodeCidrSize, up to v1.19):
 * /24 for IPv4; for IPv6 a multiple of 8 that leaves room for 512 to 65536 nodes.
 */
export function kubeadmNodeMask({ family, prefix }: Subnet): number {
  if (family === 'IPv4') return 24;
  if (prefix === 112) return 120;
  return prefix > 112 ? prefix : 128 - (Math.floor((128 - prefix - 1) / 8) - 1) * 8;
}

/** What says how large each node's part of a pod subnet is. */
export interface NodeMask {
  /** The controller manager's argument that says it. */
  readonly argument: string;
  /** As the user gave it; undefined where he gave none. */
  readonly given: string | undefined;
  /** The prefix; NaN where what was given is no number. */
  readonly prefix: number;
}

/** The mask of `pod` as kubeadm checks it: by the argument for its family, or by the one for both (getClusterNodeMask). */
export function nodeMask(pod: Subnet, cluster: ClusterConfiguration, release: Release): NodeMask {
  const passed = release.controlPlane.arguments['kube-controller-manager'][bothFamilies] === true;
  const argument = hasDualStack(cluster, release) ? ofFamily(pod.family) : bothFamilies;
  const given = argumentOf(cluster, argument);
  const fallback = passed ? kubeadmNodeMask(pod) : defaultNodeMask[pod.family];
  return { argument, given, prefix: given === undefined ? fallback : Number(given) };
}

/** Whether the nodes' parts are taken from the pod subnet by the controller manager. */
export function allocatesNodeSubnets(cluster: ClusterConfiguration): boolean {
  return argumentOf(cluster, 'allocate-node-cidrs') !== 'false';
}

/** As the gate IPv6DualStack has it until it is GA (kubeadm v1.20.2 and v1.22.6, ValidateIPNetFromString and getClusterNodeMask). */
export function hasDualStack({ featureGates }: ClusterConfiguration, { configApi }: Release): boolean {
  const gate = configApi.featureGates['IPv6DualStack'];
  return gate === undefined || gate.stage === 'ga' || (featureGates['IPv6DualStack'] ?? gate.enabled);
}

/**
 * Why the controller manager would not start with the masks that it is given, or undefined (setNodeCIDRMaskSizes in
 * cmd/kube-controller-manager/app/core.go, the same from v1.25 to v1.36.3; v1.21 refuses no less).
 */
export function maskConflict(pods: readonly Subnet[], cluster: ClusterConfiguration): string | undefined {
  const isSet = (name: string) => !['', '0', undefined].includes(argumentOf(cluster, name));
  const families = (['IPv4', 'IPv6'] as const).filter((family) => isSet(ofFamily(family)));
  const [first] = pods;
  if (first === undefined) return undefined;
  if (isSet(bothFamilies)) {
    if (pods.length > 1) return `${bothFamilies} is not for two pod subnets: give ${families4and6}`;
    if (families.length > 0)
      return `${bothFamilies} and ${families.map(ofFamily).join(', ')} exclude each other: give ${ofFamily(first.family)} alone`;
  }
  const loose = isSet(bothFamilies) ? looseMask(first, argumentOf(cluster, bothFamilies)) : undefined;
  if (loose !== undefined) return loose;
  const other = pods.length === 1 ? families.find((family) => family !== first.family) : undefined;
  return other && `${ofFamily(other)} is not for the pod subnet ${first.text}: give ${ofFamily(first.family)}`;
}

/** What is wrong with the mask for all families, which kubeadm passes on unseen from v1.20 on (pkg/controller/nodeipam). */
function looseMask({ text, family, prefix }: Subnet, given: string | undefined): string | undefined {
  const [mask, bits] = [Number(given), family === 'IPv4' ? 32 : 128];
  if (!/^\d+$/.test(given ?? '') || mask > bits) return `${bothFamilies} has to be a number from 0 to ${bits}`;
  if (mask < prefix) return `${bothFamilies} gives each node a /${mask}, more than the whole pod subnet ${text}`;
  return undefined;
}

const bothFamilies = 'node-cidr-mask-size';
const ofFamily = (family: Family) => `${bothFamilies}-${family.toLowerCase()}`;
const families4and6 = `${ofFamily('IPv4')} and ${ofFamily('IPv6')}`;

/** The argument's value; an empty one counts as none, as for kubeadm. */
function argumentOf({ controllerManager }: ClusterConfiguration, name: string): string | undefined {
  return controllerManager.extraArgs.findLast((arg) => arg.name === name)?.value || undefined;
}
