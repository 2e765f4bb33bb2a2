import { KinitError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { Inventory } from '../../inventory/types.ts';
import type { Io } from '../io.ts';
import type { Session } from '../session.ts';
import { type InventoryFlags, inventoryDialer, readInventoryFile } from './inventory-file.ts';
import { openEachTarget, openTarget } from './targets.ts';

/**
 * The control planes that a command acts on: those of the file that are reached, those of --host, or this machine. Who is not
 * reached is warned of. Throws KinitError where nobody is.
 */
export async function openControlPlanes(flags: InventoryFlags, io: Io, session: Session): Promise<readonly Host[]> {
  return (await namedControlPlanes(flags, io, session)).hosts;
}

/** The same, and what their file says, where they are named by one. Throws KinitError. */
export async function namedControlPlanes(flags: InventoryFlags, io: Io, session: Session): Promise<NamedControlPlanes> {
  if (flags.config === undefined && flags.host === undefined)
    return { hosts: [session.closing(await openTarget(flags, io))], inventory: undefined };
  const { places, inventory } = await dialled(flags, io, session);
  session.closing(...places.map(({ opening }) => opening));
  const opened = await Promise.all(places.map(({ opening }) => opening));
  const failures = opened.filter((one): one is KinitError => one instanceof KinitError);
  const hosts = opened.filter((one): one is Host => !(one instanceof KinitError));
  const [failure] = failures;
  if (hosts.length === 0) throw failure ?? new KinitError('the file names no control plane', { exitCode: 3 });
  for (const { host, message } of failures) session.warn(host === undefined ? message : `${host}: ${message}`);
  return { hosts, inventory };
}

interface NamedControlPlanes {
  readonly hosts: readonly Host[];
  readonly inventory: Inventory | undefined;
}

async function dialled(flags: InventoryFlags, io: Io, session: Session) {
  if (flags.config === undefined) return { places: await openEachTarget(flags, io), inventory: undefined };
  const { chosenHosts } = await import('../../inventory/reach.ts');
  const { inventory } = await readInventoryFile(flags, io, session.warn);
  const { host: _, ...settings } = flags;
  const dial = await inventoryDialer(inventory, settings, io);
  const entries = chosenHosts(inventory, flags.host).filter(({ role }) => role === 'control-plane');
  return { places: await dial.each(entries), inventory };
}
