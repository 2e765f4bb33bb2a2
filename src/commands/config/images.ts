import { Command } from 'commander';
import { listCommand, pullCommand } from '../images/command.ts';
import type { Io } from '../io.ts';

/** `kinit config images list|pull`: what a control plane of a version needs. */
export function configImagesCommand(io: Io, exit: (code: number) => void): Command {
  return new Command('images')
    .description('List or pull the images that a control plane needs')
    .addCommand(listCommand(io))
    .addCommand(pullCommand(io, exit));
}
