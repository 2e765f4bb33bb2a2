import { InputError } from '../../errors.ts';
import { usualSnapshotFolder } from '../../inventory/snapshots.ts';
import type { Inventory } from '../../inventory/types.ts';

/** The folder of the hosts that is meant: the one that is named, else that of the file. Throws InputError where it is no whole path. */
export function folderOnHosts(given: string | undefined, inventory: Inventory | undefined): string {
  const folder = given ?? inventory?.snapshots?.directory ?? usualSnapshotFolder;
  if (/^\/./.test(folder)) return folder.replace(/\/+$/, '');
  throw new InputError([{ place: folder, message: 'is no whole path, and it is a folder of the hosts' }]);
}
