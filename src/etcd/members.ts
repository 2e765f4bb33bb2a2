/** A member of an etcd cluster. */
export interface EtcdMember {
  /** A 64-bit number in decimal, as etcd's JSON has it; too large for a JavaScript number. */
  readonly id: string;
  /** Empty until it has started for the first time. */
  readonly name: string;
  readonly peerURLs: readonly string[];
  readonly clientURLs: readonly string[];
  /** It receives everything and has no vote yet. */
  readonly isLearner: boolean;
}

/** The member that was announced with a peer URL, started or not. */
export function memberAt(members: readonly EtcdMember[], peerURL: string): EtcdMember | undefined {
  return members.find(({ peerURLs }) => peerURLs.includes(peerURL));
}

/** Whether a member has ever started: only then does it have a name. */
export function hasStarted({ name }: EtcdMember): boolean {
  return name !== '';
}

/**
 * etcd's --initial-cluster for a member that joins as `own`: every member by name and peer URL. One that has not started
 * yet goes by its id in hexadecimal, as with kubeadm.
 */
export function initialCluster(
  members: readonly EtcdMember[],
  own: { readonly name: string; readonly peerURL: string },
): string {
  const ours = memberAt(members, own.peerURL);
  const nameOf = (member: EtcdMember) => (member === ours ? own.name : member.name || hexId(member.id));
  const others = members.flatMap((member) => member.peerURLs.map((url) => `${nameOf(member)}=${url}`));
  return [...others, ...(ours ? [] : [`${own.name}=${own.peerURL}`])].join(',');
}

/** An id as etcdctl prints it. */
export function hexId(id: string): string {
  return BigInt(id).toString(16);
}

/** How many of so many voting members must agree. */
export function quorum(voters: number): number {
  return Math.floor(voters / 2) + 1;
}

/** Whether an etcd cluster can decide: a quorum of its voting members is healthy. */
export function hasQuorum(members: readonly EtcdMember[], healthy: ReadonlySet<string>): boolean {
  const voters = members.filter(({ isLearner }) => !isLearner);
  return voters.filter(({ id }) => healthy.has(id)).length >= quorum(voters.length);
}

/** Whether those that remain can still decide when a member is gone. The last voting member cannot go. */
export function canLose(members: readonly EtcdMember[], id: string, healthy: ReadonlySet<string>): boolean {
  const rest = members.filter((member) => member.id !== id);
  return rest.some(({ isLearner }) => !isLearner) && hasQuorum(rest, healthy);
}
