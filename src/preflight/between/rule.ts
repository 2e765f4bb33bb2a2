import type { Facts } from '../../host/facts/facts.ts';
import type { CommandResult } from '../../host/host.ts';
import type { LoadBalancer } from '../../inventory/load-balancer.ts';
import type { Problem } from '../problem.ts';

/** One of the machines that are to make a cluster together. */
export interface ClusterMember {
  /** As the user names it. */
  readonly host: string;
  readonly nodeName: string;
  readonly facts: Facts;
  /** Names that were looked up on it -> addresses, beyond those of its facts (see lookupsOf). */
  readonly resolves?: ReadonlyMap<string, readonly string[]>;
  /** What commands said on it, by their words. */
  readonly commands?: ReadonlyMap<string, CommandResult>;
  /** When the facts were asked for and arrived here, in seconds since the epoch by the clock of this machine. */
  readonly asked: number;
  readonly answered: number;
}

export interface HostProblem {
  readonly host: string;
  readonly problem: Problem;
}

/** A machine as the file has it. */
export interface PlannedHost {
  readonly name: string;
  readonly address: string;
  readonly role: 'control-plane' | 'worker';
}

/** The cluster as the file has it. */
export interface PlannedCluster {
  readonly hosts: readonly PlannedHost[];
  readonly balancer: LoadBalancer;
  /** The endpoint's name where others than kinit say what it resolves to. */
  readonly endpoint: string | undefined;
  /** Of the API servers. */
  readonly bindPort: number;
  /** etcd runs on the control planes. */
  readonly localEtcd: boolean;
}

/** Something that is right or wrong only between machines. */
export interface BetweenRule {
  /** Commands that tell it on one of them, asked with all else of it. */
  readonly reads?: (own: PlannedHost, cluster: PlannedCluster) => readonly (readonly string[])[];
  readonly check: (members: readonly ClusterMember[], cluster: PlannedCluster) => readonly HostProblem[];
}

/** The control planes beside this one; none for a worker. */
export function peersOf(own: PlannedHost, { hosts }: PlannedCluster): readonly PlannedHost[] {
  if (own.role !== 'control-plane') return [];
  return hosts.filter(({ role, name }) => role === 'control-plane' && name !== own.name);
}

/** The control planes that were reached, as the file has them and as they are. */
export function controlPlanesAmong(
  members: readonly ClusterMember[],
  { hosts }: PlannedCluster,
): readonly { readonly own: PlannedHost; readonly member: ClusterMember }[] {
  return hosts.flatMap((own) => {
    const member = members.find(({ nodeName }) => nodeName === own.name);
    return own.role === 'control-plane' && member !== undefined ? [{ own, member }] : [];
  });
}

/** What a command said on a member; undefined where it was not asked. */
export function answerOf({ commands }: ClusterMember, argv: readonly string[]): string | undefined {
  return commands?.get(argv.join('\0'))?.stdout;
}
