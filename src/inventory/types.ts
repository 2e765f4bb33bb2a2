import type * as z from 'zod';
import type { ConfigFile, FileDocument } from '../config/documents.ts';
import type { inventorySchema } from './schema.ts';

/** The machines of a cluster and what is to be made of them: defaulted, checked and frozen (schema.ts says what each is). */
export type Inventory = Frozen<Omit<z.output<typeof inventorySchema>, 'apiVersion' | 'kind'>>;

export type InventoryHost = Inventory['hosts'][number];
export type Preparation = Inventory['preparation'];

/** kubeadm's documents of a file, as far as they say something about every node. */
export type ClusterFile = ConfigFile & { readonly inventory: FileDocument<unknown> };

type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Frozen<T[Key]> }
    : T;
