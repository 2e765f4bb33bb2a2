import { defined } from '../defined.ts';
import { exitCodes, InputError, type KinitError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import type { Inventory, InventoryHost } from '../inventory/types.ts';
import type { WorkOutcome } from '../workflows/host-outcome.ts';
import { type OpeningTarget, openEachTarget, openTarget, type TargetFlags } from './input/targets.ts';
import { type Io, tell } from './io.ts';
import type { Session } from './session.ts';
import type { Story } from './story.ts';

export interface EachHostFlags extends TargetFlags {
  readonly output?: string;
  readonly parallel?: string | undefined;
}

/**
 * Does the work on this machine, on every --host at once, or on the hosts of an inventory, all or those that --host names.
 * Tells the story and the results; returns the exit code. On this machine a failure is thrown. The work says in a few words
 * what it has done.
 */
export async function onEachHost(
  flags: EachHostFlags,
  io: Io,
  session: Session,
  work: (host: Host, entry?: InventoryHost) => Promise<string>,
  inventory?: Inventory,
): Promise<number> {
  const { exitCodeOf, workOutcome } = await import('../workflows/host-outcome.ts');
  const { overHosts, together } = await import('../workflows/over-hosts.ts');
  const parallel = positive('--parallel', flags.parallel ?? '32');
  if (!hasManyHosts(flags, inventory)) {
    const host = session.closing(await openTarget(flags, io));
    const text = await work(host);
    await session.told();
    say([{ host: host.name, result: 'done', text, error: undefined }], session, io);
    return exitCodes.done;
  }
  const places = await openEachHost(flags, io, inventory);
  session.closing(...places.map(({ opening }) => opening));
  const stage = {
    places,
    order: together(parallel),
    work: (host: Host, { entry }: EachOpened) => work(host, entry),
    says: String,
  };
  const all = (await overHosts(stage, session.run)).map(workOutcome);
  await session.told();
  await sayTable(all, session, io);
  return exitCodeOf(all);
}

/** Whether the flags name hosts, one or many, in place of this machine. */
export function hasManyHosts({ host }: Pick<EachHostFlags, 'host'>, inventory?: Inventory): boolean {
  return inventory !== undefined || host !== undefined;
}

/** A machine that is being opened. */
export interface EachOpened extends OpeningTarget {
  /** What the inventory says of it, where there is one. */
  readonly entry?: InventoryHost;
}

/** Dials every --host, or the hosts of the inventory that --host names, all at once. Throws InputError. */
export async function openEachHost(
  flags: EachHostFlags,
  io: Io,
  inventory: Inventory | undefined,
): Promise<readonly EachOpened[]> {
  if (inventory === undefined) return openEachTarget(flags, io);
  const { chosenHosts } = await import('../inventory/reach.ts');
  const { inventoryDialer } = await import('./input/inventory-file.ts');
  return (await inventoryDialer(inventory, flags, io)).each(chosenHosts(inventory, flags.host));
}

/** A number of a flag. Throws InputError where it is not a positive one. */
export function positive(place: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InputError([{ place, message: `"${text}" is not a positive number` }]);
}

function say(results: readonly WorkOutcome[], { json }: Story, io: Io): void {
  if (!json) for (const { text } of results) tell(io, `${text}\n`);
  else io.result({ hosts: results.map(({ error, ...rest }) => ({ ...rest, ...(error && reasonOf(error)) })) });
}

/** Why a host failed and what to do, as the result event tells it. */
export function reasonOf({ message, hint }: KinitError): object {
  return { reason: message, ...defined({ hint }) };
}

/** What became of many hosts, as a table or as the last event. */
export async function sayTable(results: readonly WorkOutcome[], story: Story, io: Io): Promise<void> {
  if (story.json) return say(results, story, io);
  const { outcomeTable } = await import('../report/outcome-table.ts');
  const rows = results.map(({ host, result, text, error }) => ({ host, cells: [result], remark: text, error }));
  tell(io, outcomeTable(['RESULT'], rows, io.stdout.columns, io.words));
}
