import type { Decided } from '../../execute/decided.ts';
import { rehearsing } from '../../execute/run.ts';
import type { Host } from '../../host/host.ts';
import { withLock } from '../../host/lock/lock.ts';
import { overlayHost } from '../../host/overlay.ts';
import { chosenHosts } from '../../inventory/reach.ts';
import { type HostPlan, planEntries } from '../../report/plan-entry.ts';
import { plansText } from '../../report/plan-text.ts';
import { prepareInput } from '../../workflows/cluster/up/make-ready.ts';
import { wantedRelease } from '../../workflows/cluster/up/wanted-cluster.ts';
import { exitCodeOf, workOutcome } from '../../workflows/host-outcome.ts';
import { checkPreparePhases, prepareHost } from '../../workflows/node/prepare.ts';
import { overHosts, together } from '../../workflows/over-hosts.ts';
import { reportRemarks } from '../../workflows/release-remarks.ts';
import { positive, sayTable } from '../each-host.ts';
import { type DialledHost, inventoryDialer, readInventoryFile } from '../input/inventory-file.ts';
import type { Io } from '../io.ts';
import { inSession } from '../session.ts';
import { type UpFlags, upParts } from '../up/input.ts';

/** The flags of `kinit prepare`. */
export interface PrepareFlags extends UpFlags {
  readonly dryRun?: boolean;
  readonly skipPhases?: readonly string[];
}

/** `kinit prepare`: every host on its own, with a table of what became of them. Throws InputError. */
export async function runPrepare(flags: PrepareFlags, io: Io, exit: (code: number) => void): Promise<void> {
  const skipPhases = flags.skipPhases ?? [];
  checkPreparePhases(skipPhases);
  await inSession({ flags, io, exit, manyHosts: true }, async (session) => {
    const file = await readInventoryFile(flags, io, session.warn);
    const chosen = chosenHosts(file.inventory, flags.host);
    const { host: _, ...sshFlags } = flags;
    const run = flags.dryRun ? rehearsing(session.run) : session.run;
    const parts = session.closing(await upParts(file, sshFlags, io, run));
    const release = wantedRelease(parts.input);
    reportRemarks(release, 'kinit', session.reporter);
    const input = prepareInput(parts.input, { release, run, skipPhases });
    const dial = await inventoryDialer(file.inventory, sshFlags, io);
    const plans: HostPlan[] = [];
    const places = await dial.each(chosen);
    session.closing(...places.map(({ opening }) => opening));
    session.closing(dial);
    const order = together(positive('--parallel', flags.parallel ?? '32'));
    const work = async (host: Host, { entry }: DialledHost) => {
      if (!flags.dryRun) return told(await withLock(host, 'kinit prepare', () => prepareHost(host, entry, input)));
      const changes = await prepareHost(overlayHost({ name: host.name, base: host }), entry, input);
      plans.push({ host: entry.name, changes });
      return told(changes);
    };
    const results = (await overHosts({ places, order, work, says: String }, run)).map(workOutcome);
    await session.told();
    if (flags.dryRun && session.json) io.result({ plans: plans.map(planOf) });
    if (flags.dryRun && !session.json) io.stdout.write(plansText(plans));
    else await sayTable(results, session, io);
    return exitCodeOf(results);
  });
}

function told(changes: readonly Decided[]): string {
  const count = planEntries(changes).length;
  return count === 0 ? 'as wanted' : `${count} change${count === 1 ? '' : 's'}`;
}

function planOf({ host, changes }: HostPlan): object {
  return { host, plan: planEntries(changes) };
}
