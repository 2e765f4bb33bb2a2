import { contains, parseAddress, parseSubnet } from '../../config/network.ts';
import type { Facts } from '../../host/facts/facts.ts';
import { staticPodFile } from '../../release/paths.ts';
import { failure } from '../problem.ts';
import {
  answerOf,
  type BetweenRule,
  type ClusterMember,
  controlPlanesAmong,
  type HostProblem,
  type PlannedCluster,
} from './rule.ts';

const asking = 'ping -n -q -c 1 -W 1 "$1" >/dev/null 2>&1 && echo taken || :';

function question(address: string): readonly string[] {
  return ['sh', '-c', asking, 'kinit', address];
}

/** The address that control planes are to hold in turn: free, nobody's own, in one subnet with all of them. */
export const virtualAddress: BetweenRule = {
  reads: (own, cluster) => {
    const address = virtualOf(cluster)?.address;
    return own.role === 'control-plane' && address !== undefined ? [question(address)] : [];
  },
  check: (members, cluster) => {
    const virtual = virtualOf(cluster);
    const address = parseAddress(virtual?.address ?? '');
    if (virtual === undefined || address === undefined) return [];
    const isHeldByUs = members.some(({ facts }) => holders.some((path) => facts.kubernetesFiles.includes(path)));
    return [
      ...(isHeldByUs ? [] : taken(members, virtual.address, cluster)),
      ...controlPlanesAmong(members, cluster).flatMap(({ own, member }): readonly HostProblem[] => {
        const problem = placeProblem(member.facts, own.address, virtual);
        return problem === undefined
          ? []
          : [{ host: member.host, problem: failure('VirtualAddress', problem.message, problem) }];
      }),
    ];
  },
};

/** Where a program of kinit's is that may hold it. */
const holders = ['kinit-keepalived', 'kinit-kube-vip'].map((name) => staticPodFile(name));

function virtualOf({ balancer }: PlannedCluster) {
  return balancer.kind === 'keepalived' || balancer.kind === 'kube-vip' ? balancer : undefined;
}

function taken(members: readonly ClusterMember[], address: string, cluster: PlannedCluster): readonly HostProblem[] {
  const mend = 'take an address that is free: loadBalancer.address';
  const own = members.filter(({ facts }) =>
    facts.addresses.some((one) => parseAddress(one.address)?.text === parseAddress(address)?.text),
  );
  if (own.length > 0) {
    return own.map(({ host }) => ({
      host,
      problem: failure('VirtualAddress', `${address} is an address of this host`, { mend }),
    }));
  }
  return controlPlanesAmong(members, cluster).flatMap(({ member }) => {
    if (answerOf(member, question(address))?.trim() !== 'taken') return [];
    return [
      { host: member.host, problem: failure('VirtualAddress', `somebody answers at ${address} already`, { mend }) },
    ];
  });
}

/** ARP and VRRP do not leave a subnet. */
function placeProblem(
  { addresses }: Facts,
  own: string,
  { address, interface: device }: { readonly address: string; readonly interface: string | undefined },
): { readonly message: string; readonly evidence?: string; readonly mend?: string } | undefined {
  const wanted = parseAddress(address);
  const found =
    device ?? addresses.find((one) => parseAddress(one.address)?.text === parseAddress(own)?.text)?.interface;
  const mend = 'name the interface with the subnet of the address: loadBalancer.interface';
  if (found === undefined)
    return { message: `no interface of this host has its address ${own}, so none can hold ${address}`, mend };
  const there = addresses.filter((one) => one.interface === found);
  if (there.length === 0)
    return { message: `there is no interface ${found} with an address, so none can hold ${address}`, mend };
  const subnets = there.map((one) => `${one.address}/${one.prefix}`);
  const fits = subnets.some((text) => {
    const subnet = parseSubnet(text);
    return subnet !== undefined && wanted !== undefined && contains(subnet, wanted);
  });
  if (fits) return undefined;
  return {
    message: `${address} is in no subnet of ${found}: it could not be announced there`,
    evidence: subnets.join(' '),
    mend,
  };
}
