import { Command } from 'commander';
import { addTargetOptions } from '../input/targets.ts';
import type { Io } from '../io.ts';
import { addOutputOption } from '../options/output.ts';
import type { ForceNewClusterFlags } from './force-new-cluster.ts';
import { snapshotCommand } from './snapshot-command.ts';

/** The `kinit etcd` command tree. */
export function etcdCommand(io: Io, exit: (code: number) => void): Command {
  const force = new Command('force-new-cluster')
    .description(
      'Bring back a cluster of which etcd has lost its quorum for good: the member of this control plane or, with --host, of another one goes on alone, from its own data. Refuses where a quorum is left. Safe to kill and to run again.',
    )
    .option('-y, --yes', 'do not ask');
  addTargetOptions(force);
  addOutputOption(force);
  force.action(async (flags: ForceNewClusterFlags) => {
    const { runForceNewCluster } = await import('./force-new-cluster.ts');
    await runForceNewCluster(flags, io);
  });
  return new Command('etcd')
    .description('Save and restore etcd, and bring back one that has lost its quorum')
    .addCommand(force)
    .addCommand(snapshotCommand(io, exit));
}
