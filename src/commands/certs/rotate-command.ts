import { Command, Option } from 'commander';
import { sharedFlags } from '../../config/shared-flags.ts';
import { rotationPeriods } from '../../pki/authority-rotation.ts';
import { rotatingNames } from '../../pki/rotating-authorities.ts';
import { workloadChoices } from '../../workflows/certificates/authority/rotation-input.ts';
import { addSshOptions } from '../input/targets.ts';
import type { Io } from '../io.ts';
import { addFlags } from '../options/flags.ts';
import { addOutputOption } from '../options/output.ts';
import type { RotationFlags } from './rotate.ts';

/** `kinit certs rotate-ca --config FILE`: another CA for a living cluster. */
export function rotateCommand(io: Io, exit: (code: number) => void): Command {
  const command = new Command('rotate-ca').description(
    'Replace a CA of a living cluster by a new one: both are trusted on all machines before the new one signs, and all is signed anew before the old one goes; one control plane after the other. Safe to kill and to run again',
  );
  addFlags(command, { config: sharedFlags.inventory });
  command
    .addOption(new Option('--ca <name>', 'which CA').choices(rotatingNames).default('ca'))
    .addOption(
      new Option(
        '--until <period>',
        'the last period of this run: both are trusted, the new one signs, the old one is forgotten',
      )
        .choices(rotationPeriods)
        .default('forget'),
    )
    .addOption(
      new Option(
        '--workloads <what>',
        'pods that read the CA only when they start: stop and name them before the new one signs, restart what they belong to, or leave them',
      )
        .choices(workloadChoices)
        .default('stop'),
    )
    .option('--parallel <n>', 'how many workers at a time', '1')
    .option('--dry-run', 'show the way and which pods it concerns; change nothing');
  addSshOptions(command);
  addOutputOption(command);
  return command.action(async (flags: RotationFlags) => {
    const { rotate } = await import('./rotate.ts');
    await rotate(flags, io, exit);
  });
}
