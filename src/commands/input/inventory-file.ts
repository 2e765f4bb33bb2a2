import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { InputError, KinitError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { SshSettings } from '../../host/ssh/endpoint.ts';
import type { ClusterFile, Inventory, InventoryHost } from '../../inventory/types.ts';
import type { Secret } from '../../secret.ts';
import type { Io } from '../io.ts';
import { readDocuments } from './files.ts';
import { passwordLine } from './password.ts';
import { sshSettings, type TargetFlags } from './targets.ts';

export interface InventoryFlags extends TargetFlags {
  readonly config?: string;
  readonly lenient?: boolean;
}

/** A file with an Inventory in it. */
export interface InventoryFile {
  readonly documents: ClusterFile;
  readonly inventory: Inventory;
}

/** Reads the file of --config. Throws InputError where there is none, or none with an Inventory in it. */
export async function readInventoryFile(
  flags: InventoryFlags,
  io: Io,
  warn: (text: string) => void,
): Promise<InventoryFile> {
  const documents = await readDocuments(flags, io, warn);
  const hint = '`kinit config print inventory-defaults` prints an Inventory to start from';
  if (documents === undefined)
    throw new InputError([{ place: '--config', message: 'name the file with the Inventory' }], hint);
  const { inventory } = documents;
  if (inventory === undefined) throw new InputError([{ place: documents.file, message: 'holds no Inventory' }], hint);
  const { readInventory } = await import('../../inventory/read.ts');
  const lenient = flags.lenient === true;
  return { documents: { ...documents, inventory }, inventory: readInventory(inventory, { lenient, warn }) };
}

/** Hosts of an inventory that were dialled. */
export interface DialledHosts {
  readonly hosts: readonly { readonly entry: InventoryHost; readonly host: Host }[];
  readonly failures: readonly { readonly entry: InventoryHost; readonly error: KinitError }[];
}

/** One that is being dialled. */
export interface DialledHost {
  readonly name: string;
  readonly entry: InventoryHost;
  readonly opening: Promise<Host | KinitError>;
}

/** Dials hosts of the inventory, all at once; calls share bastions and answers. */
export interface InventoryDialer {
  /** All of them, once the slowest is there. */
  (entries: readonly InventoryHost[]): Promise<DialledHosts>;
  /** Each by itself. */
  readonly each: (entries: readonly InventoryHost[]) => Promise<readonly DialledHost[]>;
  /** Lets go of those that have not answered yet; who is open stays so. */
  readonly close: () => void;
}

/** Milliseconds for hosts that are only looked at: whoever asks wants to know now who is dead. */
export const patienceOfLooks = 5000;

/**
 * How the hosts of an inventory are dialled; flags win over it, and `usual` counts where neither they nor ssh say something.
 * Throws InputError.
 */
export async function inventoryDialer(
  inventory: Inventory,
  flags: InventoryFlags,
  io: Io,
  usual: Pick<SshSettings, 'usualConnectTimeout'> = {},
): Promise<InventoryDialer> {
  const { openEach } = await import('../../host/open-hosts.ts');
  const { abandonDials, sshSession } = await import('../../host/ssh/connection.ts');
  const { sshSettingsOf, targetOf } = await import('../../inventory/reach.ts');
  const read = (file: string, place: string) => passwordIn(file, place, io);
  const settings = { ...usual, ...(await sshSettingsOf(inventory, read)), ...(await sshSettings(flags, io)) };
  const session = sshSession(settings.ask);
  const each: InventoryDialer['each'] = async (entries) => {
    const targets = await Promise.all(entries.map((entry) => targetOf(entry, read)));
    const opening = openEach(targets, settings, session);
    return entries.map((entry, index) => ({
      name: entry.name,
      entry,
      opening: opening[index] as Promise<Host | KinitError>,
    }));
  };
  const all = async (entries: readonly InventoryHost[]): Promise<DialledHosts> => {
    const dialled = await each(entries);
    const opened = await Promise.all(dialled.map(async ({ entry, opening }) => ({ entry, result: await opening })));
    return {
      hosts: opened.flatMap(({ entry, result }) => (result instanceof KinitError ? [] : [{ entry, host: result }])),
      failures: opened.flatMap(({ entry, result }) => (result instanceof KinitError ? [{ entry, error: result }] : [])),
    };
  };
  return Object.assign(all, { each, close: () => abandonDials(session) });
}

/** The first line of a file on this machine. Throws InputError. */
async function passwordIn(file: string, place: string, io: Io): Promise<Secret> {
  const path = resolve(io.cwd, file.replace(/^~(?=\/)/, io.env['HOME'] ?? homedir()));
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new InputError([{ place, message: `${file} cannot be read: ${error.code ?? error.message}` }]);
  });
  return passwordLine(text, `${place} ${file}`);
}
