import { Command } from 'commander';
import { addSshOptions } from '../input/targets.ts';
import type { Io } from '../io.ts';
import { list } from '../options/list.ts';
import { addOutputOption } from '../options/output.ts';
import { unverifiedText } from '../options/unverified.ts';
import type { PrepareFlags } from './run.ts';

/** `kinit prepare`: machines made ready for Kubernetes, as the file has it. */
export function prepareCommand(io: Io, exit: (code: number) => void): Command {
  const command = new Command('prepare')
    .description(
      'Make the hosts of a file ready for Kubernetes: names, swap, SELinux, firewall, kernel, repositories, packages, clock, container runtime. Each step is chosen in the file; `kinit reset` undoes it.',
    )
    .option('--allow-unverified', unverifiedText)
    .option('--config <file>', 'file with an Inventory and, if you like, kubeadm’s documents')
    .option('--host <name>', 'only this host of the file, by name or address; may be repeated', list)
    .option('--dry-run', 'show what would be done, and do nothing')
    .option('--lenient', 'unknown and duplicate fields in the configuration are only warned of')
    .option('--parallel <n>', 'how many hosts at a time', '32')
    .option('--skip-phases <phases>', 'steps to leave out', list);
  addSshOptions(command);
  addOutputOption(command);
  return command.action(async (flags: PrepareFlags) => {
    const { runPrepare } = await import('./run.ts');
    await runPrepare(flags, io, exit);
  });
}
