import { completeInit } from '../../../config/init.ts';
import { anyNode } from '../../../config/node-facts.ts';
import type { Decided } from '../../../execute/decided.ts';
import { preparation } from '../../../execute/journal.ts';
import type { Target } from '../../../execute/target.ts';
import { snapshotScheduleOf } from '../../../inventory/snapshots.ts';
import { generateToken } from '../../../kube/token.ts';
import { snapshotTimer } from '../../../phases/etcd-timer/snapshot-timer.ts';
import { fingerprintAnnotation } from '../../../phases/inventory-marks.ts';
import { runStage } from '../../stage.ts';
import type { BalancedRun } from './balance-machine.ts';
import type { Machine, UpInput } from './up-input.ts';

interface ScheduledRun extends Omit<BalancedRun, 'input'> {
  readonly input: Pick<UpInput, 'initRequest' | 'inventory'>;
}

/**
 * The timer by which a control plane that runs saves snapshots of its etcd, as the file has it: reset undoes it with the
 * preparation. Without one nothing is asked, unless the file says something else of the host than when it was made. Throws
 * KinitError.
 */
export async function scheduleSnapshots(
  { entry }: Machine,
  { input, living, release, made }: ScheduledRun,
  target: Target,
): Promise<readonly Decided[]> {
  const schedule = snapshotScheduleOf(input.inventory);
  const node = living?.nodes.get(entry.name.toLowerCase());
  const isOther = node !== undefined && node.metadata.annotations?.[fingerprintAnnotation] !== entry.fingerprint;
  if (schedule === undefined && !isOther) return [];
  const request = input.initRequest(entry, release, anyNode, made);
  const { cluster } = completeInit(request, { facts: anyNode, version: release.version, newToken: generateToken });
  const context = { schedule, certificatesDir: cluster.certificatesDir };
  return runStage([snapshotTimer], context, target, {}, { journal: preparation });
}
