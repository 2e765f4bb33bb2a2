import { Command, Option } from 'commander';
import { sharedFlags } from '../../config/shared-flags.ts';
import { addTargetOptions } from '../input/targets.ts';
import type { Io } from '../io.ts';
import { addFlags } from '../options/flags.ts';
import type { DoctorFlags } from './run.ts';

/** `kinit doctor`: why a node or a cluster is not as it should be. */
export function doctorCommand(io: Io, exit: (code: number) => void): Command {
  const command = new Command('doctor')
    .description(
      'Say why a node or a cluster is not as it should be: the cause, what was seen, the command that mends it. Looks at this machine, at each --host, or at the hosts of a file, and needs no API server. Changes nothing without --fix. Exit code 2 where something is wrong, 0 where nothing is (warnings may be).',
    )
    .option('--fix', 'mend what kinit can mend safely; it is shown and asked for first')
    .option('--yes', 'mend without asking')
    .addOption(
      new Option('-o, --output <format>', 'how to print it').choices(['text', 'json', 'yaml']).default('text'),
    );
  addFlags(command, { config: sharedFlags['inventory-of-cluster'], lenient: sharedFlags.lenient });
  addTargetOptions(command);
  return command.action(async (flags: DoctorFlags) => {
    const { runDoctor } = await import('./run.ts');
    await runDoctor(flags, io, exit);
  });
}
