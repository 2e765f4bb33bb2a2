import { Command } from 'commander';
import { configImagesCommand } from './config-images.ts';
import { migrateCommand, validateCommand } from './config-migrate.ts';
import { printCommand } from './config-print.ts';
import type { Io } from './io.ts';

/** The `kinit config` command tree. */
export function configCommand(io: Io, exit: (code: number) => void): Command {
  return new Command('config')
    .description('Configuration files of kubeadm.k8s.io (v1beta2, v1beta3, v1beta4), and the images that they need.')
    .addCommand(printCommand(io))
    .addCommand(migrateCommand(io))
    .addCommand(validateCommand(io))
    .addCommand(configImagesCommand(io, exit));
}
