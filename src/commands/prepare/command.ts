import { Command } from 'commander';
import { sharedFlags } from '../../config/shared-flags.ts';
import { addSshOptions } from '../input/targets.ts';
import type { Io } from '../io.ts';
import { addFlags } from '../options/flags.ts';
import { list } from '../options/list.ts';
import { addOutputOption } from '../options/output.ts';
import type { PrepareFlags } from './run.ts';

/** `kinit prepare`: machines made ready for Kubernetes, as the file has it. */
export function prepareCommand(io: Io, exit: (code: number) => void): Command {
  const command = new Command('prepare')
    .description(
      'Make the hosts of a file ready for Kubernetes: names, swap, SELinux, firewall, kernel, repositories, packages, clock, container runtime. Each step is chosen in the file; `kinit reset` undoes it.',
    )
    .option('--dry-run', 'show what would be done, and do nothing')
    .option('--skip-phases <phases>', 'steps to leave out', list);
  const { 'allow-unverified': unverified, inventory, lenient, parallel } = sharedFlags;
  addFlags(command, {
    'allow-unverified': unverified,
    config: inventory,
    host: sharedFlags['host-of-file'],
    lenient,
    parallel,
  });
  addSshOptions(command);
  addOutputOption(command);
  return command.action(async (flags: PrepareFlags) => {
    const { runPrepare } = await import('./run.ts');
    await runPrepare(flags, io, exit);
  });
}
