import type { Facts } from '../host/facts.ts';
import type { Inventory } from '../inventory/types.ts';
import type { PreflightResult } from './preflight.ts';
import type { Problem } from './problem.ts';

/** Whether preparing the host as the inventory has it mends the problem. */
export function isMended({ name, prepared }: Problem, inventory: Inventory, facts: Facts): boolean {
  return prepared === true && (exceptions[name]?.(inventory, facts) ?? true);
}

/** The result with errors that the preparation mends as warnings: they keep nobody from preparing. */
export function lenientTowards(
  { errors, warnings }: PreflightResult,
  mended: (problem: Problem) => boolean,
): PreflightResult {
  const softened = errors.filter(mended).map((problem): Problem => ({ ...problem, severity: 'warning' }));
  return { errors: errors.filter((problem) => !mended(problem)), warnings: [...softened, ...warnings] };
}

/** The result without what the preparation mends. */
export function withoutMended(
  { errors, warnings }: PreflightResult,
  mended: (problem: Problem) => boolean,
): PreflightResult {
  return {
    errors: errors.filter((problem) => !mended(problem)),
    warnings: warnings.filter((problem) => !mended(problem)),
  };
}

/** What the operator may have told the preparation to leave alone. */
const exceptions: Readonly<Record<string, (inventory: Inventory, facts: Facts) => boolean>> = {
  Swap: ({ preparation }) => preparation.swap === 'disable',
  SwapInFstab: ({ preparation }) => preparation.swap === 'disable',
  SELinux: ({ preparation }) => preparation.selinux === 'permissive',
  Firewalld: ({ preparation }) => preparation.firewalld !== 'leave',
  TimeSync: ({ preparation }, facts) => preparation.timeSync === 'chrony' && isUnkept(facts),
  ClockSkew: ({ preparation }, facts) => preparation.timeSync === 'chrony' && isUnkept(facts),
  Hostname: ({ preparation }) => preparation.hostsFile,
  NodeResolution: ({ preparation }) => preparation.hostsFile,
  DeadRepository: ({ preparation, packages }) => preparation.vaultRepositories !== false && packages.source !== 'none',
};

/** A service that is there and fails is not mended by starting it. */
function isUnkept({ timeSync }: Facts): boolean {
  return timeSync.service === undefined;
}
