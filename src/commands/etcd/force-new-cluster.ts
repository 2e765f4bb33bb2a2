import { exitCodes, KinitError } from '../../errors.ts';
import type { LastControlPlane } from '../../workflows/cluster/force-new-cluster.ts';
import { confirmed } from '../input/ask.ts';
import { openTarget, type TargetFlags } from '../input/targets.ts';
import { type Io, tell } from '../io.ts';
import { inSession } from '../session.ts';

/** The flags of `kinit etcd force-new-cluster`. */
export interface ForceNewClusterFlags extends TargetFlags {
  readonly output?: string;
  readonly yes?: boolean;
}

/** Makes one member of etcd a cluster of its own. Throws KinitError; exit 2 where nothing may be touched. */
export async function runForceNewCluster(flags: ForceNewClusterFlags, io: Io): Promise<void> {
  const { withLock } = await import('../../host/lock/lock.ts');
  const { findLastControlPlane, makeNewCluster } = await import('../../workflows/cluster/force-new-cluster.ts');
  await inSession({ flags, io }, async (session) => {
    const host = session.closing(await openTarget(flags, io));
    const found = await findLastControlPlane(host);
    if (found.state === 'to do') await agree(found, flags, io);
    const nodes = await withLock(host, 'kinit etcd force-new-cluster', () => makeNewCluster(found, session.run));
    await session.told();
    if (session.json) io.result({ changed: found.state !== 'done', lost: nodes });
    else tell(io, said(found, nodes));
    return undefined;
  });
}

async function agree({ host, others }: LastControlPlane, { yes }: ForceNewClusterFlags, io: Io): Promise<void> {
  if (yes) return;
  const named = others.length === 0 ? 'the other members' : others.join(' and ');
  io.stderr.write(
    `The etcd of ${host.name} becomes a cluster of its own, from its own data. What ${named} decided without it is lost, and they must never start again with their data: reset them before they join.\n`,
  );
  if (await confirmed('Go on?', io)) return;
  throw new KinitError('nothing was touched: nobody said yes', {
    exitCode: exitCodes.badInput,
    hint: 'answer y, or give --yes where nobody can be asked',
  });
}

function said({ state }: LastControlPlane, nodes: readonly string[]): string {
  const done = state === 'done' ? 'etcd has one member already, and it is well' : 'etcd goes on with one member';
  if (nodes.length === 0) return `${done}; the cluster knows no other control planes.\n`;
  const removals = nodes.map((node) => `  kinit node remove ${node} --config FILE\n`).join('');
  return `${done}. Take the lost control planes out of the cluster too, then bring new ones:\n${removals}`;
}
