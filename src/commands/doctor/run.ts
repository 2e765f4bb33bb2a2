import { exitCodes, KinitError } from '../../errors.ts';
import { type Run, warner } from '../../execute/run.ts';
import type { HostPlan } from '../../report/plan-entry.ts';
import type { HostFindings } from '../../workflows/doctor/doctor.ts';
import { printed } from '../etcd/printed.ts';
import { confirmed } from '../input/ask.ts';
import type { InventoryFlags } from '../input/inventory-file.ts';
import { type Io, tell } from '../io.ts';
import { inSession } from '../session.ts';
import { suspectsOf } from './suspects.ts';

export interface DoctorFlags extends InventoryFlags {
  readonly output: string;
  readonly fix?: boolean;
  readonly yes?: boolean;
}

/** `kinit doctor`. Throws InputError for bad flags, and KinitError where nobody says yes. */
export async function runDoctor(flags: DoctorFlags, io: Io, exit: (code: number) => void): Promise<void> {
  const { doctor } = await import('../../workflows/doctor/doctor.ts');
  const { doctorObject, doctorText } = await import('../../report/doctor-text.ts');
  await inSession({ flags: {}, io, exit }, async (session) => {
    const found = await doctor(await suspectsOf(flags, io, session), io.now);
    const fixed = flags.fix ? await mended(found, flags, io, session.run) : undefined;
    await session.told();
    if (flags.output === 'text') tell(io, doctorText(found, fixed));
    else await printed(doctorObject(found, fixed), flags.output, io, () => []);
    return codeOf(found, fixed);
  });
}

/** Shows what would be done, asks, does it; the names of what was mended by host. What fails on one is a warning. */
async function mended(
  found: readonly HostFindings[],
  { yes }: DoctorFlags,
  io: Io,
  run: Run,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { mend, plannedMending } = await import('../../workflows/doctor/mend.ts');
  const { plansText } = await import('../../report/plan-text.ts');
  const { doctorText } = await import('../../report/doctor-text.ts');
  const able = found.flatMap(({ name, host, findings }) => {
    const fixable = findings.filter(({ fix }) => fix !== undefined);
    return host === undefined || fixable.length === 0 ? [] : [{ name, host, fixable }];
  });
  if (able.length === 0) return new Map();
  const plans = await Promise.all(
    able.map(
      async ({ name, host, fixable }): Promise<HostPlan> => ({
        host: name,
        changes: await plannedMending(host, fixable, run),
      }),
    ),
  );
  if (!yes) {
    io.stderr.write(`${doctorText(found)}\n${plansText(plans)}`);
    if (!(await confirmed('Go on?', io))) {
      throw new KinitError('nothing was touched: nobody said yes', {
        exitCode: exitCodes.badInput,
        hint: 'answer y, or give --yes where nobody can be asked',
      });
    }
  }
  const done = await Promise.all(
    able.map(async ({ name, host, fixable }): Promise<readonly (readonly [string, readonly string[]])[]> => {
      try {
        await mend(host, fixable, run);
        return [[name, fixable.map((finding) => finding.name)]];
      } catch (error) {
        // One that cannot be mended holds up no other.
        if (!(error instanceof KinitError) || run.signal.aborted) throw error;
        warner(run, name)(error.message);
        return [];
      }
    }),
  );
  return new Map(done.flat());
}

function codeOf(found: readonly HostFindings[], fixed: ReadonlyMap<string, readonly string[]> | undefined): number {
  const left = found.flatMap(({ name, findings }) =>
    findings.filter((finding) => finding.severity === 'error' && !fixed?.get(name)?.includes(finding.name)),
  );
  return left.length === 0 ? exitCodes.done : exitCodes.preflight;
}
