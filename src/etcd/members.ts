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

/** A member as etcd's --initial-cluster has it. */
export interface EtcdPeer {
  readonly name: string;
  readonly peerURL: string;
}

/**
 * The cluster that a member joins as `own`: every member by name and peer URL, in the order of the list. One that has not
 * started yet goes by its id in hexadecimal, as with kubeadm.
 */
export function initialCluster(members: readonly EtcdMember[], own: EtcdPeer): readonly EtcdPeer[] {
  const ours = memberAt(members, own.peerURL);
  const peers = members.flatMap((member) =>
    member.peerURLs.map((peerURL) => ({ name: member === ours ? own.name : memberName(member), peerURL })),
  );
  return [...peers, ...(ours ? [] : [own])];
}

/** A member by its name, or by its id as long as it has none. */
export function memberName({ name, id }: EtcdMember): string {
  return name || hexId(id);
}

/** An id as etcdctl prints it. */
export function hexId(id: string): string {
  return BigInt(id).toString(16);
}

/** What a member says is wrong with it; until somebody disarms it. */
export interface EtcdAlarm {
  readonly memberId: string;
  /** `NOSPACE`, `CORRUPT`. */
  readonly alarm: string;
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
