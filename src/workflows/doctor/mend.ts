import type { Finding } from '../../doctor/finding.ts';
import type { Decided } from '../../execute/decided.ts';
import type { Run } from '../../execute/run.ts';
import { on } from '../../execute/target.ts';
import type { Host } from '../../host/host.ts';
import { withLock } from '../../host/lock/lock.ts';
import type { Phase } from '../../phases/phase.ts';
import { nearestRelease } from '../../release/release.ts';
import { decideStage, runStage } from '../stage.ts';

/** What kinit can do about findings, as a phase of which each finding is a step. */
function mending(findings: readonly Finding[]): Phase<undefined> {
  const changes = findings.flatMap(({ name, fix = [] }) =>
    fix.map((change) => ({ ...change, says: `[doctor] ${name}: ${sayOf(change)}` })),
  );
  return {
    name: 'doctor',
    title: 'Mending what was found',
    reads: () => ({ services: changes.flatMap((change) => (change.kind === 'service' ? [change.name] : [])) }),
    desired: () => changes,
  };
}

function sayOf(change: NonNullable<Finding['fix']>[number]): string {
  if (change.kind === 'service') return `starting ${change.name}`;
  return change.kind === 'command' ? change.argv.join(' ') : change.kind;
}

/** What would be done on a host. */
export async function plannedMending(host: Host, findings: readonly Finding[], run: Run): Promise<readonly Decided[]> {
  return decideStage([mending(findings)], undefined, on(run, { host, release: nearestRelease(undefined) }));
}

/** Does it; returns what was done. Throws KinitError at the first that fails. */
export async function mend(host: Host, findings: readonly Finding[], run: Run): Promise<readonly Decided[]> {
  const target = on(run, { host, release: nearestRelease(undefined) });
  return withLock(host, 'kinit doctor --fix', () => runStage([mending(findings)], undefined, target));
}
