import { seconds } from '../../config/duration.ts';
import { exitCodes, InputError } from '../../errors.ts';
import type { RotationPeriod } from '../../pki/authority-rotation.ts';
import { rotatingAuthority } from '../../pki/rotating-authorities.ts';
import { rotationObject, rotationPlanText, rotationText } from '../../report/rotation-text.ts';
import { planRotation, rotateAuthority } from '../../workflows/certificates/authority/rotate-authority.ts';
import type { RotationInput, WorkloadChoice } from '../../workflows/certificates/authority/rotation-input.ts';
import { exitCodeOf } from '../../workflows/host-outcome.ts';
import { positive } from '../each-host.ts';
import { type Io, tell } from '../io.ts';
import { inSession } from '../session.ts';
import { dialledMachines } from './everywhere.ts';
import { type CertificateFlags, certificateSettings } from './settings.ts';

export interface RotationFlags extends CertificateFlags {
  readonly ca: string;
  readonly until: RotationPeriod;
  readonly workloads: WorkloadChoice;
  readonly parallel: string;
  readonly dryRun?: boolean;
  readonly output?: string;
}

/** Seconds for a node to be Ready again, for pods to begin anew and for namespaces to be told. */
const readyDeadline = 300;

/** `kinit certs rotate-ca`. Exit 2 where it waits for pods. Throws KinitError where nothing was touched. */
export async function rotate(flags: RotationFlags, io: Io, exit: (code: number) => void): Promise<void> {
  const authority = rotatingAuthority(flags.ca);
  if (authority === undefined) throw new InputError([{ place: '--ca', message: `there is no CA "${flags.ca}"` }]);
  const parallel = positive('--parallel', flags.parallel);
  await inSession({ flags, io, exit, manyHosts: true }, async (session) => {
    const input: RotationInput = {
      authority,
      places: await dialledMachines(flags, io, session),
      settings: async (host) => {
        const { config, release, kubernetesDirectory } = await certificateSettings(host, flags, { io, session });
        const { cluster } = config;
        const validitySeconds = seconds(cluster.certificateValidityPeriod);
        return { config, cluster, release, kubernetesDirectory, validitySeconds };
      },
      until: flags.until,
      workloads: flags.workloads,
      parallel,
      readyDeadline,
      run: session.run,
    };
    if (flags.dryRun) {
      const plan = await planRotation(input);
      await session.told();
      if (session.json) io.result({ ca: authority.name, steps: plan.steps, workloads: plan.workloads });
      else tell(io, rotationPlanText(plan, flags.config ?? ''));
      return undefined;
    }
    const result = await rotateAuthority(input);
    await session.told();
    if (session.json) io.result(rotationObject(result));
    else tell(io, rotationText(result, flags.config ?? '', io.stdout.columns));
    return result.waitsFor.length > 0 ? exitCodes.preflight : exitCodeOf(result.outcomes);
  });
}
