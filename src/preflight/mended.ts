import type { Facts } from '../host/facts/facts.ts';
import type { Inventory } from '../inventory/types.ts';
import type { PreflightResult } from './preflight.ts';
import type { Problem } from './problem.ts';

/** Whether preparing the host as the inventory has it mends the problem. */
export function isMended({ name, prepared }: Problem, inventory: Inventory, facts: Facts): boolean {
  return prepared === true && (exceptions[name]?.(inventory, facts) ?? true);
}

/**
 * The result with errors that the preparation mends as warnings: they keep nobody from preparing. What it does not mend
 * here does not say that it would.
 */
export function lenientTowards(
  { errors, warnings }: PreflightResult,
  mended: (problem: Problem) => boolean,
): PreflightResult {
  const told = (problem: Problem): Problem => (mended(problem) ? problem : { ...problem, prepared: false });
  const softened = errors.filter(mended).map((problem): Problem => ({ ...problem, severity: 'warning' }));
  return {
    errors: errors.filter((problem) => !mended(problem)).map(told),
    warnings: [...softened, ...warnings.map(told)],
  };
}

/** The result without what the preparation mends; of the rest nobody says that it would. */
export function withoutMended(result: PreflightResult, mended: (problem: Problem) => boolean): PreflightResult {
  const left = (problems: readonly Problem[]) =>
    problems.filter((problem) => !mended(problem)).map((problem) => ({ ...problem, prepared: false }));
  return { errors: left(result.errors), warnings: left(result.warnings) };
}

/** What the operator may have told the preparation to leave alone. */
const exceptions: Readonly<Record<string, (inventory: Inventory, facts: Facts) => boolean>> = {
  Swap: ({ preparation }) => preparation.swap === 'disable',
  SwapInFstab: ({ preparation }) => preparation.swap === 'disable',
  SELinux: ({ preparation }) => preparation.selinux === 'permissive',
  Firewalld: ({ preparation }) => preparation.firewalld !== 'leave',
  TimeSync: keepsTime,
  ClockSkew: keepsTime,
  EtcdClock: keepsTime,
  EtcdPorts: ({ preparation }) => preparation.firewalld !== 'leave',
  EqualVersions: ({ packages }) => packages.source !== 'none',
  Hostname: ({ preparation }) => preparation.hostsFile,
  NodeResolution: ({ preparation }) => preparation.hostsFile,
  DeadRepository: ({ preparation, packages }) => preparation.vaultRepositories !== false && packages.source !== 'none',
};

/** A service that is there and fails is not mended by starting it; with other servers it may be. */
function keepsTime({ preparation }: Inventory, { timeSync }: Facts): boolean {
  const isNew = timeSync.service === undefined || preparation.ntpServers.length > 0;
  return preparation.timeSync === 'chrony' && isNew;
}
