import { Command, Option } from 'commander';
import { sharedFlags } from '../../config/shared-flags.ts';
import { addSshOptions } from '../input/targets.ts';
import type { Io } from '../io.ts';
import { addFlags } from '../options/flags.ts';
import type { PreflightFlags } from './run.ts';

/** `kinit preflight`: everything that stands in the way, on all hosts of the file, in one table. */
export function preflightCommand(io: Io, exit: (code: number) => void): Command {
  const command = new Command('preflight')
    .description(
      'Show every problem of every host of a file in one table, and what mends it. Nothing is written, unless by --measure-disk. Exit code 2 where a host cannot go on, 4 where others can.',
    )
    .option('--measure-disk', "write into etcd's data directory for a moment to see whether its disk is fast enough")
    .addOption(new Option('-o, --output <format>', 'how to print it').choices(['text', 'json']).default('text'));
  const {
    'allow-unverified': unverified,
    'ignore-preflight-errors': ignored,
    inventory,
    lenient,
    parallel,
  } = sharedFlags;
  addFlags(command, {
    'allow-unverified': unverified,
    config: inventory,
    host: sharedFlags['host-of-file'],
    'ignore-preflight-errors': ignored,
    lenient,
    parallel,
  });
  addSshOptions(command);
  return command.action(async (flags: PreflightFlags) => {
    const { runPreflight } = await import('./run.ts');
    await runPreflight(flags, io, exit);
  });
}
