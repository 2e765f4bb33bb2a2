import { Command, Option } from 'commander';
import { sharedFlags } from '../../config/shared-flags.ts';
import { exitCodes } from '../../errors.ts';
import { jsonText } from '../../printable.ts';
import type { AskedHost } from '../../workflows/cluster/status.ts';
import { type InventoryFlags, inventoryDialer, patienceOfLooks, readInventoryFile } from '../input/inventory-file.ts';
import { addSshOptions } from '../input/targets.ts';
import type { Io } from '../io.ts';
import { addFlags } from '../options/flags.ts';
import { inSession } from '../session.ts';

interface StatusFlags extends InventoryFlags {
  readonly output: string;
}

/** `kinit status`: how the cluster of a file and its hosts are. Exit 1 where something is wrong. */
export function statusCommand(io: Io, exit: (code: number) => void): Command {
  const command = new Command('status')
    .description(
      'Show how the cluster of a file is: hosts, nodes, versions, the control plane, how long certificates last. Changes nothing; exits with 1 where something is wrong.',
    )
    .addOption(new Option('-o, --output <format>', 'how to print it').choices(['text', 'json']).default('text'));
  addFlags(command, { config: sharedFlags['inventory-of-cluster'], lenient: sharedFlags.lenient });
  addSshOptions(command);
  return command.action(async (flags: StatusFlags) => runStatus(flags, io, exit));
}

async function runStatus(flags: StatusFlags, io: Io, exit: (code: number) => void): Promise<void> {
  const { isHealthy, status } = await import('../../workflows/cluster/status.ts');
  const { snapshotScheduleOf } = await import('../../inventory/snapshots.ts');
  const { statusObject, statusText } = await import('../../report/status-text.ts');
  await inSession({ flags: {}, io, exit }, async (session) => {
    const { inventory } = await readInventoryFile(flags, io, session.warn);
    const dial = await inventoryDialer(inventory, flags, io, { usualConnectTimeout: patienceOfLooks });
    const dialled = await dial.each(inventory.hosts);
    session.closing(...dialled.map(({ opening }) => opening));
    const asked = dialled.map(({ entry: { name, role }, opening }): AskedHost => ({ name, role, reached: opening }));
    const schedule = snapshotScheduleOf(inventory);
    const found = await status(asked, undefined, schedule);
    await session.told();
    if (flags.output === 'json') io.stdout.write(`${jsonText(statusObject(found, io.now()), 2)}\n`);
    else io.stdout.write(statusText(found, io.now(), io.stdout.columns));
    return isHealthy(found) ? exitCodes.done : exitCodes.phaseFailed;
  });
}
