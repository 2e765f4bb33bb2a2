import { exitCodes, KinitError } from '../../../errors.ts';
import { authorityFiles, dueLeaves, isKeyFor } from '../../../phases/certificates/authority-files.ts';
import {
  type AuthorityRotation,
  certificatesOf,
  fingerprints,
  isTrusted,
  type RotationPeriod,
  rotationPeriods,
} from '../../../pki/authority-rotation.ts';
import type { RenewalPlace } from '../everywhere/renew-everywhere.ts';
import type { RotationStep } from './rotation-input.ts';
import type { SeenMachine } from './seen-authority.ts';

/** A machine of the file and what of the CA lies on it. */
export interface RotatedMachine {
  readonly place: RenewalPlace;
  readonly seen: SeenMachine;
}

/** The CA that is to follow, where an earlier run has made it. Throws KinitError where control planes have several. */
export function nextOf(machines: readonly RotatedMachine[]): string | undefined {
  const found = new Map(
    machines.flatMap(({ place, seen }) => {
      const pem = seen.signing?.next.pem;
      return pem === undefined ? [] : [[fingerprints(pem)[0] ?? '', { pem, name: place.name }] as const];
    }),
  );
  if (found.size < 2) return [...found.values()][0]?.pem;
  throw new KinitError(
    `control planes have several new CAs: ${[...found.values()].map(({ name }) => name).join(', ')}; nothing was touched`,
    {
      exitCode: exitCodes.preflight,
      hint: 'two runs have made them: remove /var/lib/kinit/rotation on those that are not to stay, then run the same command again',
    },
  );
}

/** The CA of a rotation that is under way, or begins. */
export function rotationWith(next: string, machines: readonly RotatedMachine[]): AuthorityRotation {
  const all = machines.flatMap(({ seen }) =>
    seen.signing === undefined ? [] : certificatesOf(seen.file?.pem ?? '', next),
  );
  return { old: [...new Set(all)], next };
}

/** Where a rotation goes on: what is before it holds everywhere, for else the one behind it would not have begun. */
export function periodOf(rotation: AuthorityRotation, machines: readonly RotatedMachine[]): RotationPeriod {
  const forgets = ({ seen: { file } }: RotatedMachine) => file !== undefined && isTrusted('forget', file.pem, rotation);
  if (machines.some(forgets)) return 'forget';
  const signs = ({ seen: { signing } }: RotatedMachine) => isKeyFor(signing?.publicKey, rotation.next);
  return machines.some(signs) ? 'sign' : 'trust';
}

/** The periods from one on, up to another. */
export function periodsFrom(first: RotationPeriod, last: RotationPeriod): readonly RotationPeriod[] {
  return rotationPeriods.slice(rotationPeriods.indexOf(first), rotationPeriods.indexOf(last) + 1);
}

/** Whether a machine is yet to be brought to a period. */
export function isDue(seen: SeenMachine, period: RotationPeriod, rotation: AuthorityRotation): boolean {
  const { components, kubelet } = seen.due;
  return (
    components ||
    kubelet ||
    authorityFiles(seen, period, rotation).length > 0 ||
    dueLeaves(seen, period, rotation).length > 0
  );
}

/** The way that is left, the machines of each period in their order. Without a rotation nothing of it is done. */
export function stepsOf(
  machines: readonly RotatedMachine[],
  rotation: AuthorityRotation | undefined,
  last: RotationPeriod,
): readonly RotationStep[] {
  const first = rotation === undefined ? 'trust' : periodOf(rotation, machines);
  return periodsFrom(first, last).map((period) => ({
    period,
    machines: machines.map(({ place: { name, role }, seen }) => ({
      name,
      role,
      isDue: rotation === undefined || period !== first || isDue(seen, period, rotation),
    })),
  }));
}
