import { Command } from 'commander';
import { configImagesCommand } from './config-images.ts';
import { migrateCommand, validateCommand } from './config-migrate.ts';
import { printCommand } from './config-print.ts';
import type { Io } from './io.ts';

/** The `kinit config` command tree. */
export function configCommand(io: Io, exit: (code: number) => void): Command {
  return new Command('config')
    .description('Configuration files: kubeadm.k8s.io (v1beta2, v1beta3, v1beta4), kinit.dev Inventory; and images.')
    .addCommand(printCommand(io))
    .addCommand(migrateCommand(io))
    .addCommand(validateCommand(io))
    .addCommand(schemaCommand(io))
    .addCommand(configImagesCommand(io, exit));
}

/** `kinit config schema`: for editors that check and complete YAML. */
function schemaCommand(io: Io): Command {
  return new Command('schema').description('Print the JSON Schema of the Inventory').action(async () => {
    const { inventoryJsonSchema } = await import('../inventory/schema.ts');
    io.stdout.write(`${JSON.stringify(inventoryJsonSchema(), null, 2)}\n`);
  });
}
