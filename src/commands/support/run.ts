import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { TextEntry } from '../../archive/tar-gz.ts';
import { exitCodes, KinitError } from '../../errors.ts';
import { rehearsing } from '../../execute/run.ts';
import { packageText } from '../../package-files.ts';
import { jsonText } from '../../printable.ts';
import { silentReporter } from '../../report/reporter.ts';
import { suspectsOf } from '../doctor/suspects.ts';
import { type InventoryFlags, readInventoryFile } from '../input/inventory-file.ts';
import { type Io, tell } from '../io.ts';
import { inSession, type Session } from '../session.ts';

export interface SupportFlags extends InventoryFlags {
  readonly output: string;
  readonly outputFile?: string;
}

/** `kinit support`. Exit 4 where a host told nothing. Throws InputError for bad flags, WriteError where it cannot be written. */
export async function runSupport(flags: SupportFlags, io: Io, exit: (code: number) => void): Promise<void> {
  const { gather } = await import('../../workflows/support/support.ts');
  const { writeTarGz } = await import('../../archive/tar-gz.ts');
  const { assertWritable } = await import('../../archive/local-file.ts');
  await inSession({ flags: {}, io, exit }, async (session) => {
    const time = new Date(io.now()).toISOString().replaceAll(/[:-]|\.\d+/g, '');
    const path = resolve(io.cwd, flags.outputFile ?? `kinit-support-${time}.tar.gz`);
    await assertWritable(path);
    const suspects = await suspectsOf(flags, io, session);
    const { entries, unreached } = await gather(suspects, await ownEntries(flags, io, session), io.now);
    await writeTarGz(path, entries, io.now());
    await session.told();
    if (flags.output === 'json')
      io.stdout.write(`${jsonText({ archive: path, files: entries.length, unreached }, 2)}\n`);
    else tell(io, `${path}: ${entries.length} files, for you alone. Look through it before you send it.\n`);
    if (flags.output !== 'json') for (const { host, reason } of unreached) io.stderr.write(`${host}: ${reason}\n`);
    return unreached.length === 0 ? exitCodes.done : exitCodes.someHostsFailed;
  });
}

/** What this machine tells: the program, the file, and what `up` would do with it. */
async function ownEntries(flags: SupportFlags, io: Io, session: Session): Promise<readonly TextEntry[]> {
  const { version } = JSON.parse(await packageText('package.json')) as { version: string };
  const versions = {
    kinit: `v${version}`,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    time: new Date(io.now()).toISOString(),
  };
  const own = { name: 'versions.json', text: `${jsonText(versions, 2)}\n` };
  if (flags.config === undefined) return [own];
  const file = await readInventoryFile(flags, io, session.warn);
  const config = { name: 'config.yaml', text: await readFile(resolve(io.cwd, flags.config), 'utf8') };
  const plan = await planOf(file, flags, io, session).catch((error: unknown) => {
    if (error instanceof KinitError) return `not planned: ${error.message}\n`;
    throw error;
  });
  return [own, config, { name: 'plan.txt', text: plan }];
}

async function planOf(
  file: Awaited<ReturnType<typeof readInventoryFile>>,
  flags: SupportFlags,
  io: Io,
  session: Session,
): Promise<string> {
  const { upParts } = await import('../up/input.ts');
  const { up } = await import('../../workflows/cluster/up/up.ts');
  const { plansText } = await import('../../report/plan-text.ts');
  const run = { ...rehearsing(session.run), reporter: silentReporter };
  const { host: _, output: __, outputFile: ___, ...ssh } = flags;
  const parts = session.closing(await upParts(file, { ...ssh, ignorePreflightErrors: ['all'] }, io, run));
  const { outcomes } = await up(parts.input);
  const failed = outcomes.flatMap(({ host, error }) => (error ? [`${host}: not planned: ${error.message}\n`] : []));
  return `${plansText(outcomes.map(({ host, changed }) => ({ host, changes: changed })))}${failed.join('')}`;
}
