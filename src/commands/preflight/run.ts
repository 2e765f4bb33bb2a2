import { defined } from '../../defined.ts';
import { exitCodes, type KinitError } from '../../errors.ts';
import { chosenHosts } from '../../inventory/reach.ts';
import { isMended, lenientTowards } from '../../preflight/mended.ts';
import { type PreflightOutcome, preflightJson } from '../../preflight/report.ts';
import { preflightTable } from '../../preflight/table.ts';
import { jsonText } from '../../printable.ts';
import { remarksOn } from '../../release/release.ts';
import { preflightMachines } from '../../workflows/cluster/preflight-machines.ts';
import { preflightOf } from '../../workflows/cluster/up/make-ready.ts';
import type { Dialled } from '../../workflows/cluster/up/up-input.ts';
import { wantedRelease } from '../../workflows/cluster/up/wanted-cluster.ts';
import { readInventoryFile } from '../input/inventory-file.ts';
import type { Io } from '../io.ts';
import { inSession } from '../session.ts';
import { type UpFlags, upParts } from '../up/input.ts';

export interface PreflightFlags extends UpFlags {
  readonly measureDisk?: boolean;
}

/** `kinit preflight`. What the preparation mends is shown, and keeps no host from passing. Throws InputError. */
export async function runPreflight(flags: PreflightFlags, io: Io, exit: (code: number) => void): Promise<void> {
  // What is printed is the table; beside it only warnings are told.
  await inSession({ flags: {}, io, exit }, async (session) => {
    const file = await readInventoryFile(flags, io, session.warn);
    const { inventory } = file;
    const chosen = chosenHosts(inventory, flags.host).map(({ name }) => name);
    const { host: _, ...sshFlags } = flags;
    const parts = session.closing(await upParts(file, sshFlags, io, session.run));
    const release = wantedRelease(parts.input);
    const { warning } = remarksOn(release);
    if (warning !== undefined) session.warn(warning);
    const { controlPlanes, workers, dial } = parts.input;
    const failures: Dialled['failures'][number][] = [];
    const opening = [...controlPlanes, ...workers]
      .filter(({ name }) => chosen.includes(name))
      .map(async (entry) => {
        const dialled = await dial([entry]);
        failures.push(...dialled.failures);
        return dialled.machines[0];
      });
    const checked = await preflightMachines(opening, {
      ...preflightOf(parts.input),
      release,
      clock: io.now,
      parallel: parts.input.parallel,
      measureDisk: flags.measureDisk === true,
    });
    const results = new Map<string, PreflightOutcome>([
      ...checked.map(({ host, facts, result }): [string, PreflightOutcome] => {
        const mended = facts ? lenientTowards(result, (problem) => isMended(problem, inventory, facts)) : result;
        return [host, { host, result: mended }];
      }),
      ...failures.map(({ entry, error }): [string, PreflightOutcome] => [entry.name, notReached(entry.name, error)]),
    ]);
    const inOrder = chosen.flatMap((name) => results.get(name) ?? []);
    await session.told();
    if (flags.output === 'json') io.stdout.write(`${jsonText(preflightJson(inOrder))}\n`);
    else io.stdout.write(`${preflightTable(inOrder, io.stdout.columns, io.words)}\n`);
    return codeOf(inOrder);
  });
}

function notReached(host: string, { message, hint }: KinitError): PreflightOutcome {
  const problem = {
    name: 'Reachable',
    severity: 'error',
    message,
    ...defined({ mend: hint }),
  } as const;
  return { host, result: { errors: [problem], warnings: [] } };
}

function codeOf(results: readonly PreflightOutcome[]): number {
  const failing = results.filter(({ result }) => result.errors.length > 0).length;
  if (failing === 0) return exitCodes.done;
  return failing === results.length ? exitCodes.preflight : exitCodes.someHostsFailed;
}
