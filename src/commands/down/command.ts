import { Command } from 'commander';
import { sharedFlags } from '../../config/shared-flags.ts';
import { addSshOptions } from '../input/targets.ts';
import type { Io } from '../io.ts';
import { addFlags } from '../options/flags.ts';
import { addOutputOption } from '../options/output.ts';
import type { DownFlags } from './run.ts';

/** `kinit down`: the hosts of a file as they were before `kinit up`. */
export function downCommand(io: Io, exit: (code: number) => void): Command {
  const command = new Command('down').description(
    'Take the cluster of a file down: evict pods, take Kubernetes off the workers and then off the control plane, undo the preparation of the hosts. What else is on the hosts stays.',
  );
  addTakeDownOptions(command, '60');
  addFlags(command, { parallel: sharedFlags.parallel });
  return command.action(async (flags: DownFlags) => {
    const { runDown } = await import('./run.ts');
    await runDown(flags, io, exit);
  });
}

/** What taking down one node and all of them have in common. */
export function addTakeDownOptions(command: Command, drainSeconds: string): void {
  command
    .option('--drain-timeout <seconds>', 'how long pods may take to leave a node; 0: they are not asked', drainSeconds)
    .option('-y, --yes', 'do not ask');
  addFlags(command, { config: sharedFlags['inventory-of-cluster'], lenient: sharedFlags.lenient });
  addSshOptions(command);
  addOutputOption(command);
}
