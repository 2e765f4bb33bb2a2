import { defined } from '../../defined.ts';
import type { Suspect } from '../../workflows/doctor/doctor.ts';
import { hasManyHosts, openEachHost } from '../each-host.ts';
import { type InventoryFlags, readInventoryFile } from '../input/inventory-file.ts';
import { openTarget } from '../input/targets.ts';
import type { Io } from '../io.ts';
import type { Session } from '../session.ts';

/** The machines to look at: this one, every --host, or those of a file, all or the ones that --host names. Throws InputError. */
export async function suspectsOf(flags: InventoryFlags, io: Io, session: Session): Promise<readonly Suspect[]> {
  const inventory =
    flags.config === undefined ? undefined : (await readInventoryFile(flags, io, session.warn)).inventory;
  if (!hasManyHosts(flags, inventory)) {
    const host = session.closing(await openTarget(flags, io));
    return [{ name: host.name, opening: host }];
  }
  const opened = await openEachHost(flags, io, inventory);
  session.closing(...opened.map(({ opening }) => opening));
  return opened.map(({ name, opening, entry }) => ({ name, opening, ...defined({ role: entry?.role }) }));
}
