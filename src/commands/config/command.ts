import { Argument, Command } from 'commander';
import type { Io } from '../io.ts';
import { configImagesCommand } from './images.ts';
import { migrateCommand, validateCommand } from './migrate.ts';
import { printCommand } from './print.ts';

/** The `kinit config` command tree. */
export function configCommand(io: Io, exit: (code: number) => void): Command {
  return new Command('config')
    .description('Configuration files: kubeadm.k8s.io (v1beta1 to v1beta4), kinit.dev Inventory; and images.')
    .addCommand(printCommand(io))
    .addCommand(migrateCommand(io))
    .addCommand(validateCommand(io))
    .addCommand(schemaCommand(io))
    .addCommand(configImagesCommand(io, exit));
}

/** `kinit config schema`: for editors that check and complete YAML, and for readers of `-o json`. */
function schemaCommand(io: Io): Command {
  return new Command('schema')
    .description('Print the JSON Schema of the Inventory, or of the lines that -o json prints for long work')
    .addArgument(new Argument('[of]', 'what it describes').choices(['inventory', 'events']).default('inventory'))
    .action(async (of: string) => {
      io.stdout.write(`${JSON.stringify(await schemaOf(of), null, 2)}\n`);
    });
}

async function schemaOf(of: string): Promise<object> {
  if (of === 'events') return (await import('../../report/event-schema.ts')).eventJsonSchema();
  return (await import('../../inventory/schema.ts')).inventoryJsonSchema();
}
