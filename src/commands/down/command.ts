import { Command } from 'commander';
import { addSshOptions } from '../input/targets.ts';
import type { Io } from '../io.ts';
import { addOutputOption } from '../options/output.ts';
import type { DownFlags } from './run.ts';

/** `kinit down`: the hosts of a file as they were before `kinit up`. */
export function downCommand(io: Io, exit: (code: number) => void): Command {
  const command = new Command('down').description(
    'Take the cluster of a file down: evict pods, take Kubernetes off the workers and then off the control plane, undo the preparation of the hosts. What else is on the hosts stays.',
  );
  addTakeDownOptions(command, '60');
  command.option('--parallel <n>', 'how many hosts at a time', '32');
  return command.action(async (flags: DownFlags) => {
    const { runDown } = await import('./run.ts');
    await runDown(flags, io, exit);
  });
}

/** What taking down one node and all of them have in common. */
export function addTakeDownOptions(command: Command, drainSeconds: string): void {
  command
    .option('--config <file>', 'file with the Inventory of the cluster')
    .option('--drain-timeout <seconds>', 'how long pods may take to leave a node; 0: they are not asked', drainSeconds)
    .option('--lenient', 'unknown and duplicate fields in the configuration are only warned of')
    .option('-y, --yes', 'do not ask');
  addSshOptions(command);
  addOutputOption(command);
}
