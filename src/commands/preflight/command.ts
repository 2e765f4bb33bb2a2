import { Command, Option } from 'commander';
import { addSshOptions } from '../input/targets.ts';
import type { Io } from '../io.ts';
import { list } from '../options/list.ts';
import { unverifiedText } from '../options/unverified.ts';
import type { PreflightFlags } from './run.ts';

/** `kinit preflight`: everything that stands in the way, on all hosts of the file, in one table. */
export function preflightCommand(io: Io, exit: (code: number) => void): Command {
  const command = new Command('preflight')
    .description(
      'Show every problem of every host of a file in one table, and what mends it. Nothing is written, unless by --measure-disk. Exit code 2 where a host cannot go on, 4 where others can.',
    )
    .option('--allow-unverified', unverifiedText)
    .option('--config <file>', 'file with an Inventory and, if you like, kubeadm’s documents')
    .option('--host <name>', 'only this host of the file, by name or address; may be repeated', list)
    .option('--ignore-preflight-errors <checks>', 'checks whose errors become warnings; "all" for all of them', list)
    .option('--lenient', 'unknown and duplicate fields in the configuration are only warned of')
    .option('--measure-disk', "write into etcd's data directory for a moment to see whether its disk is fast enough")
    .option('--parallel <n>', 'how many hosts at a time', '32')
    .addOption(new Option('-o, --output <format>', 'how to print it').choices(['text', 'json']).default('text'));
  addSshOptions(command);
  return command.action(async (flags: PreflightFlags) => {
    const { runPreflight } = await import('./run.ts');
    await runPreflight(flags, io, exit);
  });
}
