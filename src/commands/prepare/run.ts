import { KinitError } from '../../errors.ts';
import type { Decided } from '../../execute/decided.ts';
import type { Host } from '../../host/host.ts';
import { withLock } from '../../host/lock/lock.ts';
import { overlayHost } from '../../host/overlay.ts';
import { chosenHosts } from '../../inventory/reach.ts';
import type { InventoryHost } from '../../inventory/types.ts';
import { type HostPlan, planEntries } from '../../report/plan-entry.ts';
import { plansText } from '../../report/plan-text.ts';
import { exitCodeOf, onEveryHost } from '../../workflows/cluster/many-hosts.ts';
import { checkPreparePhases, prepareHost } from '../../workflows/node/prepare.ts';
import { reportRemarks } from '../../workflows/release-remarks.ts';
import { positive, sayTable } from '../each-host.ts';
import { inventoryDialer, readInventoryFile } from '../input/inventory-file.ts';
import type { Io } from '../io.ts';
import { openStory } from '../story.ts';
import { releaseOf, type UpFlags, upParts } from '../up/input.ts';
import { prepareInput } from '../up/steps.ts';

/** The flags of `kinit prepare`. */
export interface PrepareFlags extends UpFlags {
  readonly dryRun?: boolean;
  readonly skipPhases?: readonly string[];
}

/** `kinit prepare`: every host on its own, with a table of what became of them. Throws InputError. */
export async function runPrepare(flags: PrepareFlags, io: Io, exit: (code: number) => void): Promise<void> {
  const skipPhases = flags.skipPhases ?? [];
  checkPreparePhases(skipPhases);
  const story = await openStory(flags, io, { manyHosts: true });
  const { reporter } = story;
  try {
    const file = await readInventoryFile(flags, io, story.warn);
    const chosen = chosenHosts(file.inventory, flags.host);
    const { host: _, ...sshFlags } = flags;
    const parts = await upParts(file, sshFlags, io, reporter);
    const release = releaseOf(parts.input);
    reportRemarks(release, 'kinit', reporter);
    const input = {
      ...prepareInput(file, parts, release, skipPhases),
      rehearsal: flags.dryRun === true,
    };
    const dial = await inventoryDialer(file.inventory, sshFlags, io);
    const plans: HostPlan[] = [];
    const entries = new Map<Host, InventoryHost>();
    const opening = (await dial.each(chosen)).map(async ({ entry, opening }) => {
      const host = await opening;
      if (!(host instanceof KinitError)) entries.set(host, entry);
      return host;
    });
    try {
      const parallel = positive('--parallel', flags.parallel ?? '32');
      const results = await onEveryHost(opening, { parallel, reporter }, async (host) => {
        const entry = entries.get(host);
        if (entry === undefined) throw new Error(`${host.name} was not dialled`);
        if (!flags.dryRun) return told(await withLock(host, 'kinit prepare', () => prepareHost(host, entry, input)));
        const changes = await prepareHost(overlayHost({ name: host.name, base: host }), entry, input);
        plans.push({ host: entry.name, changes });
        return told(changes);
      });
      await reporter.end();
      if (flags.dryRun && story.json) io.result({ plans: plans.map(planOf) });
      if (flags.dryRun && !story.json) io.stdout.write(plansText(plans));
      else await sayTable(results, story, io);
      exit(exitCodeOf(results));
    } finally {
      await Promise.all([...entries.keys()].map((host) => host.close()));
      await parts.close();
    }
  } finally {
    await reporter.end();
  }
}

function told(changes: readonly Decided[]): string {
  const count = planEntries(changes).length;
  return count === 0 ? 'as wanted' : `${count} change${count === 1 ? '' : 's'}`;
}

function planOf({ host, changes }: HostPlan): object {
  return { host, plan: planEntries(changes) };
}
