import { exitCodes, KinitError } from '../../errors.ts';
import type { Way } from '../../workflows/cluster/rollback/way.ts';
import type { NodeByNode } from '../../workflows/cluster/upgrade/upgrade-input.ts';
import { exitCodeOf } from '../../workflows/host-outcome.ts';
import { confirmed } from '../input/ask.ts';
import { readInventoryFile } from '../input/inventory-file.ts';
import { type Io, tell } from '../io.ts';
import { inSession } from '../session.ts';
import { upParts } from '../up/input.ts';
import { type ClusterUpgradeFlags, nodeByNode } from './cluster.ts';

/** The flags of `kinit upgrade rollback`. */
export type RollbackFlags = Omit<ClusterUpgradeFlags, 'to' | 'through' | 'snapshot' | 'snapshotDir'>;

/** `kinit upgrade rollback --config FILE`. Throws KinitError where nothing was touched. */
export async function runRollback(flags: RollbackFlags, io: Io, exit: (code: number) => void): Promise<void> {
  const started = io.now();
  await inSession({ flags, io, exit, manyHosts: true }, async (session) => {
    const file = await readInventoryFile(flags, io, session.warn);
    const parts = session.closing(await upParts(file, flags, io, session.run));
    const input: NodeByNode = nodeByNode(parts, flags, session.run);
    const { findWay } = await import('../../workflows/cluster/rollback/find-way.ts');
    const { rollback } = await import('../../workflows/cluster/rollback/rollback.ts');
    const { rollbackObject, rollbackText, wayText } = await import('../../report/rollback-text.ts');
    const way = await findWay(input);
    session.closing(way.living?.kube);
    if (flags.dryRun) {
      await session.told();
      if (session.json) io.result(rollbackObject({ way, outcomes: [] }));
      else tell(io, wayText(way));
      return exitCodes.done;
    }
    if (way.hop !== undefined) await agreed(way, wayText(way), flags, io);
    const result = await rollback(way, input);
    await session.told();
    if (session.json) io.result(rollbackObject(result));
    else tell(io, rollbackText(result, file.documents.file, io.now() - started, io.stdout.columns));
    return exitCodeOf(result.outcomes);
  });
}

/** Asks, unless --yes; where nobody can be asked nothing is touched. Throws KinitError. */
async function agreed({ hop }: Way, plan: string, { yes }: RollbackFlags, io: Io): Promise<void> {
  if (yes) return;
  io.stderr.write(plan);
  if (await confirmed(`Go back from ${hop?.text}?`, io)) return;
  throw new KinitError('nothing was touched: nobody said yes', {
    exitCode: exitCodes.badInput,
    hint: 'answer y, or give --yes where nobody can be asked',
  });
}
