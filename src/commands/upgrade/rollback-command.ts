import { Command } from 'commander';
import { sharedFlags } from '../../config/shared-flags.ts';
import { addSshOptions } from '../input/targets.ts';
import type { Io } from '../io.ts';
import { addFlags } from '../options/flags.ts';
import { addOutputOption } from '../options/output.ts';
import { addNodeByNodeOptions } from './node-by-node-options.ts';
import type { RollbackFlags } from './rollback.ts';

/** `kinit upgrade rollback --config FILE`: the nodes of the last version as they were before it. */
export function rollbackCommand(io: Io, exit: (code: number) => void): Command {
  const command = new Command('rollback').description(
    'Take the nodes of a file back from the last version that an upgrade has begun or finished: kubelets with their packages and files, then the static pods of control planes, then what the cluster keeps of itself, all from what the upgrade kept on the hosts. Where etcd does not allow that it says so, touches nothing and names the snapshot. Safe to kill and to run again.',
  );
  addNodeByNodeOptions(command)
    .option('--dry-run', 'show what would go back; change nothing')
    .option('-y, --yes', 'go back without asking');
  const { inventory, lenient } = sharedFlags;
  addFlags(command, { config: inventory, lenient });
  addSshOptions(command);
  addOutputOption(command);
  return command.action(async (_: unknown, self: Command) => {
    const { runRollback } = await import('./rollback.ts');
    await runRollback(self.opts<RollbackFlags>(), io, exit);
  });
}
