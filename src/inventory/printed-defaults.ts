import { inventorySchema } from './schema.ts';

/** An inventory of two hosts with every default written out: what `config print inventory-defaults` prints. */
export function inventoryDefaults(): Readonly<Record<string, unknown>> {
  return inventorySchema.parse({
    apiVersion: 'kinit.dev/v1alpha1',
    kind: 'Inventory',
    hosts: [
      { name: 'master', address: '192.168.1.11', role: 'control-plane' },
      { name: 'node1', address: '192.168.1.12' },
    ],
  });
}
