import { KinitError } from '../../../errors.ts';
import { quorum } from '../../../etcd/members.ts';
import type { Host } from '../../../host/host.ts';
import { clusterOn, type FoundCluster, type LivingCluster, refuseForeign } from '../living-cluster.ts';
import type { Machine, UpHost, UpInput } from './up-input.ts';

/** The control plane that a run goes by, what there is of the cluster, and who was dialled to see that. */
export interface Leading extends FoundCluster {
  readonly leader: Machine;
  readonly dialled: ReadonlyMap<UpHost, Host | KinitError>;
}

/**
 * Looks for the cluster on the control planes of a file: any that lives will do, and then nobody else is dialled for it. One
 * that does not answer is finished where it was begun. A new one begins on the first of the file. Throws KinitError where
 * that one is not reached, or so few of the others that they may carry the cluster already.
 */
export async function leading(input: Pick<UpInput, 'controlPlanes' | 'dial'>): Promise<Leading> {
  const [first, ...others] = input.controlPlanes;
  const looked = [await look(first, input)];
  if (!looked[0]?.living) looked.push(...(await Promise.all(others.map((entry) => look(entry, input)))));
  const dialled = new Map(looked.map(({ entry, host }) => [entry, host]));
  const living = looked.filter(isLiving);
  const [leader, ...more] = living;
  for (const one of more) one.living.kube.close();
  if (leader !== undefined) {
    const { living: cluster, made } = leader;
    try {
      for (const one of more) refuseForeign(one.host, one.living, cluster);
    } catch (error) {
      cluster.kube.close();
      throw error;
    }
    return { living: cluster, made, leader, dialled };
  }
  const begun = looked.find((one): one is Reached => isReached(one) && one.made !== undefined);
  return { living: undefined, made: begun?.made, leader: begun ?? fresh(looked, input), dialled };
}

type Look = FoundCluster & { readonly entry: UpHost; readonly host: Host | KinitError };
type Reached = Look & { readonly host: Host };

async function look(entry: UpHost, { dial }: Pick<UpInput, 'dial'>): Promise<Look> {
  const { machines, failures } = await dial([entry]);
  const [host] = [...machines.map((machine) => machine.host), ...failures.map(({ error }) => error)];
  if (host === undefined) throw new Error('neither a machine nor a failure');
  if (host instanceof KinitError) return { entry, host, living: undefined, made: undefined };
  return { entry, host, ...(await clusterOn(host)) };
}

function isReached(look: Look): look is Reached {
  return !(look.host instanceof KinitError);
}

function isLiving(look: Look): look is Reached & { readonly living: LivingCluster } {
  return isReached(look) && look.living !== undefined;
}

/** Where a new cluster begins. */
function fresh(looked: readonly Look[], { controlPlanes }: Pick<UpInput, 'controlPlanes'>): Machine {
  const [first] = looked;
  const missing = looked.filter((one) => !isReached(one)).map(({ entry }) => entry.name);
  if (first === undefined || !isReached(first)) {
    const error = first?.host instanceof KinitError ? first.host : new KinitError('there is no control plane');
    if (controlPlanes.length === 1) throw error;
    const { host, exitCode, cause } = error;
    const message = `${error.message}; no other control plane of the file carries the cluster, which begins on ${controlPlanes[0].name}`;
    throw new KinitError(message, {
      exitCode,
      cause,
      ...(host === undefined ? {} : { host }),
      hint: error.hint ?? 'mend that, or put another control plane first in the file',
    });
  }
  const needed = quorum(controlPlanes.length);
  if (looked.length - missing.length >= needed) return first;
  throw new KinitError(
    `only ${looked.length - missing.length} of ${controlPlanes.length} control planes were reached, and the cluster may be on the others already: ${missing.join(', ')}`,
    { hint: 'mend the way to them (`kinit preflight` says what it is), or take them out of the file' },
  );
}
