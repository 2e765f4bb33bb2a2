import { setTimeout as sleep } from 'node:timers/promises';
import { defined } from '../../../defined.ts';
import { KinitError } from '../../../errors.ts';
import { quorum } from '../../../etcd/members.ts';
import type { Host } from '../../../host/host.ts';
import { clusterOn, type FoundCluster, type LivingCluster, refuseForeign } from '../living-cluster.ts';
import type { Machine, UpInput } from './up-input.ts';
import type { UpHost } from './wanted-cluster.ts';

/** The control plane that a run goes by, what there is of the cluster, and who was dialled to see that. */
export interface Leading extends FoundCluster {
  readonly leader: Machine;
  readonly dialled: ReadonlyMap<UpHost, Promise<Host | KinitError>>;
}

/** Milliseconds. */
export interface LeadingPatience {
  /** In which a control plane that is well tells of its cluster: then the others are asked as well. */
  readonly headStart: number;
  /** That the others have to tell of theirs, once one has told of a cluster that lives. */
  readonly others: number;
}

const usual: LeadingPatience = { headStart: 1500, others: 1000 };

/**
 * Looks for the cluster on the control planes of a file: any that lives will do. The first that tells of it at once leaves the
 * others alone; one that is dead or frozen is not waited for. A cluster that does not answer is finished where it was begun. A
 * new one begins on the first of the file. Throws KinitError where that one is not reached, or so few of the others that they
 * may carry the cluster already.
 */
export async function leading(
  input: Pick<UpInput, 'controlPlanes' | 'dial'>,
  { headStart, others }: LeadingPatience = usual,
): Promise<Leading> {
  const [first, ...further] = input.controlPlanes;
  const looks = [look(first, input)];
  const early = await within(headStart, looks[0]?.found);
  if (!early?.living) looks.push(...further.map((entry) => look(entry, input)));
  const looked = await enough(
    looks.map(({ found }) => found),
    others,
  );
  const dialled = new Map(looks.map(({ entry, host }) => [entry, host]));
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
  const { made, silence } = begun ?? {};
  return { living: undefined, made, leader: begun ?? fresh(looked, input), dialled, silence };
}

type Look = FoundCluster & { readonly entry: UpHost; readonly host: Host | KinitError };
type Reached = Look & { readonly host: Host };

/** One that has begun. */
interface Begun {
  readonly entry: UpHost;
  readonly host: Promise<Host | KinitError>;
  readonly found: Promise<Look>;
}

function look(entry: UpHost, { dial }: Pick<UpInput, 'dial'>): Begun {
  const host = dial([entry]).then(({ machines, failures }) => {
    const [one] = [...machines.map((machine) => machine.host), ...failures.map(({ error }) => error)];
    if (one === undefined) throw new Error('neither a machine nor a failure');
    return one;
  });
  const found = host.then(async (there): Promise<Look> => {
    if (there instanceof KinitError) return { entry, host: there, living: undefined, made: undefined };
    return { entry, host: there, ...(await clusterOn(there)) };
  });
  found.catch(() => {});
  return { entry, host, found };
}

/** All of them, or those that are there a moment after one has told of a cluster that lives; what comes later is closed. */
async function enough(looks: readonly Promise<Look>[], others: number): Promise<readonly Look[]> {
  const there = new Map<Promise<Look>, Look>();
  const all = Promise.all(looks.map(async (one) => there.set(one, await one)));
  const lives = looks.map(async (one) => ((await one).living ? undefined : Promise.reject()));
  await Promise.race([
    all,
    Promise.any(lives).then(
      () => within(others, all),
      () => all,
    ),
  ]);
  for (const one of looks)
    if (!there.has(one))
      one.then(
        ({ living }) => living?.kube.close(),
        () => {},
      );
  return looks.flatMap((one) => there.get(one) ?? []);
}

/** What comes within these milliseconds. */
async function within<Answer>(milliseconds: number, answer: Promise<Answer> | undefined): Promise<Answer | undefined> {
  const over = new AbortController();
  const late = sleep(milliseconds, undefined, { signal: over.signal }).catch(() => undefined);
  try {
    return await Promise.race([answer, late]);
  } finally {
    over.abort();
  }
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
      ...defined({ host }),
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
