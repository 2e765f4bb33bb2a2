import { type WorkOutcome, workOutcome } from '../host-outcome.ts';
import { type HostStage, overHosts, type Place, together } from '../over-hosts.ts';
import { type TakeDownInput, takeDown } from './take-down.ts';

/** A host of a cluster that is to be taken down. */
export interface DownPlace extends Place {
  /** Of its Node. */
  readonly node: string;
  /** Its control planes go when nothing needs them any more. */
  readonly isLast: boolean;
}

export interface DownResult {
  /** The control planes first. */
  readonly outcomes: readonly WorkOutcome[];
  /** Something could not be removed from a host. */
  readonly hasLeftovers: boolean;
}

/**
 * Takes a cluster off its hosts: the workers, whose pods are asked to leave, then the control planes, which leave etcd one at
 * a time as long as the others can decide; its client is closed in between. Never throws for a host; its outcome tells.
 */
export async function down(
  places: readonly DownPlace[],
  { parallel, ...input }: Omit<TakeDownInput, 'force' | 'clusterGoes'> & { readonly parallel: number },
): Promise<DownResult> {
  const stage = (isLast: boolean, how: TakeDownInput): HostStage<DownPlace, readonly string[]> => ({
    places: places.filter((place) => place.isLast === isLast),
    order: together(parallel),
    work: (host, { node }) => takeDown({ node, host }, how),
    says: text,
  });
  // Whom a pod keeps from being drained goes all the same: what it belongs to goes too.
  const workers = await overHosts(stage(false, { ...input, force: true, clusterGoes: true }), input.run);
  input.kube?.close();
  const last = await overHosts(stage(true, { ...input, kube: undefined, force: true, clusterGoes: true }), input.run);
  const ends = [...last, ...workers];
  return {
    outcomes: ends.map((end) => workOutcome(end.how === 'done' ? { ...end, done: text(end.done) } : end)),
    hasLeftovers: ends.some((end) => end.how === 'done' && end.done.length > 0),
  };
}

function text(leftovers: readonly string[]): string {
  return leftovers.length === 0 ? 'taken down' : `left behind: ${leftovers.join(', ')}`;
}
