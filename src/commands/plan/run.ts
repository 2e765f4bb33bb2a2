import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { exitCodes, InputError } from '../../errors.ts';
import { rehearsing } from '../../execute/run.ts';
import { jsonText, marked } from '../../printable.ts';
import { type HostPlan, planEntries } from '../../report/plan-entry.ts';
import { markdownBlock, plansMarkdown } from '../../report/plan-markdown.ts';
import { planScript } from '../../report/plan-script.ts';
import { plansText } from '../../report/plan-text.ts';
import { silentReporter } from '../../report/reporter.ts';
import { strangersText } from '../../report/up-text.ts';
import { VersionDiffers } from '../../workflows/cluster/up/unchangeable.ts';
import { up } from '../../workflows/cluster/up/up.ts';
import type { UpResult } from '../../workflows/cluster/up/up-input.ts';
import { exitCodeOfUp } from '../../workflows/cluster/up/up-outcome.ts';
import { type InventoryFile, readInventoryFile } from '../input/inventory-file.ts';
import { type Io, tell } from '../io.ts';
import { inSession, type Session } from '../session.ts';
import { type UpFlags, type UpParts, upParts } from '../up/input.ts';

export interface PlanFlags extends UpFlags {
  readonly exitCode?: boolean;
  readonly outputDir?: string;
}

/** `kinit plan`: `up` on overlays of the hosts and of the cluster, which only remember. Throws KinitError. */
export async function runPlan(flags: PlanFlags, io: Io, exit: (code: number) => void): Promise<void> {
  // What is printed is the plan: the story of how it came about is nobody's, but for its warnings.
  await inSession({ flags: {}, io, exit }, async (session) => {
    const file = await readInventoryFile(flags, io, session.warn);
    const run = { ...rehearsing(session.run), reporter: silentReporter };
    // What preparation mends is no reason not to show the rest.
    const parts = session.closing(await upParts(file, { ...flags, ignorePreflightErrors: ['all'] }, io, run));
    const result = await up(parts.input).catch(orUpgrade);
    if (result instanceof VersionDiffers) return showUpgrade({ file, parts, session }, flags, io);
    await session.told();
    const plans = result.outcomes.map(({ host, changed }): HostPlan => ({ host, changes: changed }));
    await show(plans, result, flags, io);
    for (const { host, error } of result.outcomes)
      if (error) io.stderr.write(`${host}: not planned: ${marked(error.message)}\n`);
    const code = exitCodeOfUp(result);
    const differs = plans.some(({ changes }) => planEntries(changes).length > 0) || result.leaving.length > 0;
    return code === exitCodes.done && flags.exitCode && differs ? exitCodes.differences : code;
  });
}

/** Another version in the file is a plan of its own. */
function orUpgrade(error: unknown): VersionDiffers {
  if (error instanceof VersionDiffers) return error;
  throw error;
}

interface Planning {
  readonly file: InventoryFile;
  readonly parts: UpParts;
  readonly session: Session;
}

/** The way to the version of the file; exit 5 where that is asked for. */
async function showUpgrade({ file, parts, session }: Planning, flags: PlanFlags, io: Io): Promise<number> {
  if (flags.outputDir !== undefined || flags.output === 'script') {
    throw new InputError(
      [{ place: '--output', message: 'an upgrade cannot be written as a script: each node waits for those before it' }],
      '`kinit plan` shows its way, `kinit upgrade` goes it',
    );
  }
  const { clusterUpgradeInput } = await import('../upgrade/cluster.ts');
  const { planUpgrade } = await import('../../workflows/cluster/upgrade/upgrade.ts');
  const { upgradeObject, walkText } = await import('../../report/upgrade-text.ts');
  const result = await planUpgrade(await clusterUpgradeInput(file, parts, flags, { session, io }));
  await session.told();
  if (flags.output === 'json') io.stdout.write(`${jsonText(upgradeObject(result), 2)}\n`);
  else {
    const text = walkText(result, file.documents.file);
    if (flags.output === 'markdown') io.stdout.write(markdownBlock(io.words === undefined ? text : io.words.of(text)));
    else tell(io, text);
  }
  return flags.exitCode ? exitCodes.differences : exitCodes.done;
}

async function show(plans: readonly HostPlan[], result: UpResult, flags: PlanFlags, io: Io): Promise<void> {
  const { assumed, leaving } = result;
  if (flags.outputDir !== undefined) return writeScripts(plans, resolve(io.cwd, flags.outputDir), io);
  if (flags.output === 'script') io.stdout.write(busy(plans).map(planScript).join('\n'));
  else if (flags.output === 'json') io.stdout.write(`${jsonText(planObject(plans, result), 2)}\n`);
  else if (flags.output === 'markdown') io.stdout.write(plansMarkdown(plans, remarksOf(result, flags), io.words));
  else {
    tell(io, leaving.length > 0 && busy(plans).length === 0 ? '' : plansText(plans));
    tell(io, strangersText(result, flags.config ?? ''));
    if (assumed) tell(io, `${assumption}\n`);
    if (busy(plans).length > 0 || leaving.length > 0) {
      const config = `--config ${flags.config}`;
      const prune = leaving.length > 0 ? ' --prune' : '';
      tell(io, `\`kinit preflight ${config}\` says what stands in the way.\n\`kinit up ${config}${prune}\` does it.\n`);
    }
  }
}

const assumption = 'Assumed: there is no cluster that answers, so none of its objects is there.';

function remarksOf(result: UpResult, flags: PlanFlags): readonly string[] {
  const strangers = strangersText(result, flags.config ?? '').trimEnd();
  return [...(strangers === '' ? [] : strangers.split('\n')), ...(result.assumed ? [assumption] : [])];
}

async function writeScripts(plans: readonly HostPlan[], folder: string, io: Io): Promise<void> {
  const { makeFolder, onUserFile } = await import('../../host/user-files.ts');
  await onUserFile('write', folder, () => makeFolder(folder));
  for (const plan of busy(plans)) {
    const path = join(folder, `${plan.host}.sh`);
    await onUserFile('write', path, () => writeFile(path, planScript(plan), { mode: 0o755 }));
    io.stdout.write(`${path}\n`);
  }
}

function busy(plans: readonly HostPlan[]): readonly HostPlan[] {
  return plans.filter(({ changes }) => planEntries(changes).length > 0);
}

function planObject(plans: readonly HostPlan[], { assumed, leaving, strangers }: UpResult) {
  const hosts = plans.map(({ host, changes }) => ({ host, changes: planEntries(changes) }));
  return {
    changes: hosts.reduce((sum, { changes }) => sum + changes.length, 0),
    noClusterYet: assumed,
    hosts,
    leaving,
    notInFile: strangers,
  };
}
