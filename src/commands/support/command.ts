import { Command, Option } from 'commander';
import { sharedFlags } from '../../config/shared-flags.ts';
import { addTargetOptions } from '../input/targets.ts';
import type { Io } from '../io.ts';
import { addFlags } from '../options/flags.ts';
import type { SupportFlags } from './run.ts';

/** `kinit support`: one archive of what somebody who is to help needs. */
export function supportCommand(io: Io, exit: (code: number) => void): Command {
  const command = new Command('support')
    .description(
      'Gather what somebody needs who is to help, in one archive for you alone (0600): findings, plan, facts, versions, logs of the last hour, events, configuration, without keys, tokens, passwords and what your pods are told. Look through it before you send it. Changes nothing.',
    )
    .addOption(new Option('--output-file <file>', 'the archive (default: kinit-support-TIME.tar.gz here)'))
    .addOption(new Option('-o, --output <format>', 'how to say where it is').choices(['text', 'json']).default('text'));
  addFlags(command, { config: sharedFlags['inventory-of-cluster'], lenient: sharedFlags.lenient });
  addTargetOptions(command);
  return command.action(async (flags: SupportFlags) => {
    const { runSupport } = await import('./run.ts');
    await runSupport(flags, io, exit);
  });
}
