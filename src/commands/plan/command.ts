import { Command, Option } from 'commander';
import type { Io } from '../io.ts';
import { addUpOptions } from '../up/command.ts';
import type { PlanFlags } from './run.ts';

/** `kinit plan`: what `kinit up` would do. */
export function planCommand(io: Io, exit: (code: number) => void): Command {
  const command = new Command('plan').description(
    'Show what `kinit up` would do, host by host: diffs of files, packages, services, commands, objects. Changes nothing and reads no private key.',
  );
  addUpOptions(command);
  command
    .option('--exit-code', 'exit with 5 where there is something to do')
    .option('--output-dir <dir>', 'write a shell script for each host with something to do: DIR/HOST.sh')
    .addOption(
      new Option('-o, --output <format>', 'how to print it; markdown: for a merge request')
        .choices(['text', 'json', 'script', 'markdown'])
        .default('text'),
    );
  return command.action(async (flags: PlanFlags) => {
    const { runPlan } = await import('./run.ts');
    await runPlan(flags, io, exit);
  });
}
