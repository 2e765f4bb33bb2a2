import { Command, Option } from 'commander';
import { sharedFlags } from '../../config/shared-flags.ts';
import { addSshOptions } from '../input/targets.ts';
import type { Io } from '../io.ts';
import { addFlags } from '../options/flags.ts';
import type { StatusFlags } from './run.ts';

/** `kinit status`: how the cluster of a file and its hosts are. Exit 1 where something is wrong. */
export function statusCommand(io: Io, exit: (code: number) => void): Command {
  const command = new Command('status')
    .description(
      'Show how the cluster of a file is: hosts, nodes, versions, the control plane, how long certificates last. Changes nothing; exits with 1 where something is wrong.',
    )
    .addOption(
      new Option('-o, --output <format>', 'how to print it; html: one page that needs nothing else')
        .choices(['text', 'json', 'html'])
        .default('text'),
    )
    .option(
      '-w, --watch',
      'look again and again until Ctrl-C (exit 130): drawn anew on a terminal, elsewhere told when it changes',
    )
    .option('--interval <seconds>', 'from one look to the next', '5');
  addFlags(command, { config: sharedFlags['inventory-of-cluster'], lenient: sharedFlags.lenient });
  addSshOptions(command);
  return command.action(async (flags: StatusFlags) => {
    const { runStatus } = await import('./run.ts');
    await runStatus(flags, io, exit);
  });
}
