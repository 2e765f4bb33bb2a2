import { setTimeout as sleep } from 'node:timers/promises';
import { exitCodes, InputError } from '../../errors.ts';
import { snapshotScheduleOf } from '../../inventory/snapshots.ts';
import { jsonText } from '../../printable.ts';
import { redrawer } from '../../report/redrawn.ts';
import { statusHtml } from '../../report/status-html.ts';
import { statusObject, statusText } from '../../report/status-text.ts';
import { type ClusterStatus, isHealthy, status } from '../../workflows/cluster/status.ts';
import { positive } from '../each-host.ts';
import { type InventoryFlags, inventoryDialer, patienceOfLooks, readInventoryFile } from '../input/inventory-file.ts';
import { type Io, tell } from '../io.ts';
import { inSession } from '../session.ts';
import { keptHosts } from './kept-hosts.ts';
import { watched } from './watched.ts';

/** The flags of `kinit status`. */
export interface StatusFlags extends InventoryFlags {
  readonly output: string;
  readonly watch?: boolean;
  readonly interval: string;
}

/** Prints how the cluster of a file is, once or until somebody ends it. Throws KinitError where nothing can be asked. */
export async function runStatus(flags: StatusFlags, io: Io, exit: (code: number) => void): Promise<void> {
  const interval = positive('--interval', flags.interval) * 1000;
  if (flags.watch && flags.output === 'html')
    throw new InputError([{ place: '--watch', message: 'draws on a terminal; a page is written once' }]);
  await inSession({ flags: {}, io, exit }, async (session) => {
    const { inventory } = await readInventoryFile(flags, io, session.warn);
    const dial = await inventoryDialer(inventory, flags, io, { usualConnectTimeout: patienceOfLooks });
    const hosts = keptHosts(inventory.hosts, dial.each);
    session.closing(hosts);
    const look = async () => status(await hosts.asked(), undefined, snapshotScheduleOf(inventory));
    if (flags.watch) {
      const pause = () =>
        sleep(interval, undefined, { signal: io.signal }).then(
          () => {},
          () => {},
        );
      await watched({
        look,
        show: shower(flags, io),
        pause,
        signal: io.signal,
        isForNobody: io.isForNobody,
      });
      return io.signal.aborted ? exitCodes.interrupted : exitCodes.done;
    }
    const found = await look();
    await session.told();
    if (flags.output === 'json') io.stdout.write(`${jsonText(statusObject(found, io.now()), 2)}\n`);
    else if (flags.output === 'html') io.stdout.write(statusHtml(found, io.now(), isHealthy(found), io.words));
    else tell(io, statusText(found, io.now(), io.stdout.columns));
    return isHealthy(found) ? exitCodes.done : exitCodes.phaseFailed;
  });
}

/** How each look is shown: drawn over the last one on a terminal; a document a line; elsewhere what differs from the last. */
function shower({ output }: StatusFlags, io: Io): (found: ClusterStatus) => void {
  if (output === 'json') return (found) => io.stdout.write(`${jsonText(statusObject(found, io.now()))}\n`);
  const time = () => new Date(io.now()).toISOString().replace(/\.\d+/, '');
  if (io.stdout.isTTY && io.terminal.isTTY) {
    const draw = redrawer(io.terminal);
    return (found) => draw(`${time()}   Ctrl-C ends this\n\n${statusText(found, io.now(), io.terminal.columns)}`);
  }
  let last = '';
  return (found) => {
    const text = statusText(found, io.now());
    if (text !== last) tell(io, `${time()}\n${text}\n`);
    last = text;
  };
}
