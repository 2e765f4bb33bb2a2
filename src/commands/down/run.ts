import { exitCodes, KinitError } from '../../errors.ts';
import type { Run } from '../../execute/run.ts';
import type { Host } from '../../host/host.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { WorkOutcome } from '../../workflows/cluster/many-hosts.ts';
import type { TakeDownInput } from '../../workflows/cluster/take-down.ts';
import { positive, sayTable } from '../each-host.ts';
import { confirmed } from '../input/ask.ts';
import {
  type DialledHost,
  type DialledHosts,
  type InventoryFlags,
  inventoryDialer,
  readInventoryFile,
} from '../input/inventory-file.ts';
import type { Io } from '../io.ts';
import { inSession } from '../session.ts';

export interface DownFlags extends InventoryFlags {
  readonly drainTimeout?: string;
  readonly force?: boolean;
  readonly output?: string;
  readonly parallel?: string;
  readonly yes?: boolean;
}

type Reached = DialledHosts['hosts'][number];

/** `kinit down`: takes a whole cluster off its hosts, the workers first. Exit 4 where some hosts failed, 5 for leftovers. */
export async function runDown(flags: DownFlags, io: Io, exit: (code: number) => void): Promise<void> {
  await inSession({ flags, io, exit, manyHosts: true }, async (session) => {
    const { inventory } = await readInventoryFile(flags, io, session.warn);
    await agree(`the cluster on ${inventory.hosts.map(({ name }) => name).join(', ')}`, flags, io);
    const dial = await inventoryDialer(inventory, flags, io);
    const dialled = await dial.each(inventory.hosts);
    session.closing(...dialled.map(async (one) => (await reached(one))?.host));
    const [controlPlanes, workers] = [dialled.filter(isControlPlane), dialled.filter((one) => !isControlPlane(one))];
    const kube = session.closing(await clusterBehind(await reached(controlPlanes[0])));
    const worker = takeDownInput(kube, flags, session.run, 'kinit down');
    const taken = await takeAll(workers, { ...worker, force: true }, flags);
    kube?.close();
    const last = await takeAll(controlPlanes, { ...worker, kube: undefined }, flags);
    await session.told();
    const results = [...last.results, ...taken.results];
    await sayTable(results, session, io);
    const { exitCodeOf } = await import('../../workflows/cluster/many-hosts.ts');
    const code = exitCodeOf(results);
    return code === exitCodes.done && last.leftovers + taken.leftovers > 0 ? exitCodes.differences : code;
  });
}

/** Asks, unless --yes; where nobody can be asked nothing is touched. Throws KinitError. */
export async function agree(what: string, { yes }: Pick<DownFlags, 'yes'>, io: Io): Promise<void> {
  if (yes) return;
  io.stderr.write(`This takes down ${what}: what runs there ends, and what is kept there is lost.\n`);
  if (await confirmed('Go on?', io)) return;
  throw new KinitError('nothing was touched: nobody said yes', {
    exitCode: exitCodes.badInput,
    hint: 'answer y, or give --yes where nobody can be asked',
  });
}

/** What taking a node down needs to know, from the flags. */
export function takeDownInput(
  kube: KubeClient | undefined,
  flags: DownFlags,
  run: Run,
  command: string,
): TakeDownInput {
  return {
    kube,
    run,
    drainDeadline: flags.drainTimeout === '0' ? 0 : positive('--drain-timeout', flags.drainTimeout ?? '60'),
    force: flags.force === true,
    command,
  };
}

/** The cluster behind its control plane; undefined where it does not answer. */
export async function clusterBehind(reached: Reached | undefined): Promise<KubeClient | undefined> {
  if (reached === undefined) return undefined;
  const { administratorClient } = await import('../../workflows/host-clients.ts');
  return administratorClient(reached.host, undefined, { retryForMs: 3000 }).catch(() => undefined);
}

function isControlPlane({ entry }: DialledHost): boolean {
  return entry.role === 'control-plane';
}

/** The host once it is there; undefined where it is not reached. */
async function reached(dialled: DialledHost | undefined): Promise<Reached | undefined> {
  const host = await dialled?.opening;
  return dialled === undefined || host === undefined || host instanceof KinitError
    ? undefined
    : { entry: dialled.entry, host };
}

/** Each as soon as it is there. */
async function takeAll(
  dialled: readonly DialledHost[],
  input: TakeDownInput,
  flags: DownFlags,
): Promise<{ readonly results: readonly WorkOutcome[]; readonly leftovers: number }> {
  const { onEveryHost } = await import('../../workflows/cluster/many-hosts.ts');
  const { takeDown } = await import('../../workflows/cluster/take-down.ts');
  const nodes = new Map<Host, string>();
  const opening = dialled.map(async (one) => {
    const found = await reached(one);
    if (found === undefined) return one.opening;
    nodes.set(found.host, found.entry.name.toLowerCase());
    return found.host;
  });
  const many = { parallel: positive('--parallel', flags.parallel ?? '32'), reporter: input.run.reporter };
  let count = 0;
  const results = await onEveryHost(opening, many, async (host) => {
    const leftovers = await takeDown({ node: nodes.get(host) ?? host.name, host }, input);
    count += leftovers.length;
    return leftovers.length === 0 ? 'taken down' : `left behind: ${leftovers.join(', ')}`;
  });
  return { results, leftovers: count };
}
