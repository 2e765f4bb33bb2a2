import { exitCodes, KinitError } from '../../errors.ts';
import type { Run } from '../../execute/run.ts';
import type { KubeClient } from '../../kube/client.ts';
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
    session.closing(dial);
    const { livingControlPlane } = await import('../../workflows/cluster/living-control-plane.ts');
    const controlPlanes = dialled.filter(isControlPlane).map(async (one) => (await reached(one))?.host);
    const kube = session.closing((await livingControlPlane(controlPlanes))?.kube);
    const { down } = await import('../../workflows/cluster/down.ts');
    const places = dialled.map((one) => ({ ...one, node: one.name.toLowerCase(), isLast: isControlPlane(one) }));
    const parallel = positive('--parallel', flags.parallel ?? '32');
    const input = { ...takeDownInput(kube, flags, session.run, 'kinit down'), parallel };
    const { outcomes, hasLeftovers } = await down(places, input);
    await session.told();
    await sayTable(outcomes, session, io);
    const { exitCodeOf } = await import('../../workflows/host-outcome.ts');
    const code = exitCodeOf(outcomes);
    return code === exitCodes.done && hasLeftovers ? exitCodes.differences : code;
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
