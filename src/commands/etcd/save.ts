import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { SavedSnapshot } from '../../workflows/etcd/save-snapshot.ts';
import { openControlPlanes } from '../input/control-planes.ts';
import type { InventoryFlags } from '../input/inventory-file.ts';
import type { Io } from '../io.ts';
import { inSession } from '../session.ts';

/** The flags of `kinit etcd snapshot save`. */
export interface SaveFlags extends InventoryFlags {
  readonly output?: string;
}

/** Saves a snapshot of etcd on this machine. Throws KinitError. */
export async function runSnapshotSave(given: string | undefined, flags: SaveFlags, io: Io): Promise<void> {
  const { saveSnapshot } = await import('../../workflows/etcd/save-snapshot.ts');
  await inSession({ flags, io }, async (session) => {
    const path = resolve(io.cwd, given ?? '.');
    const isFolder = given === undefined || given.endsWith('/') || (await isDirectory(path));
    const hosts = await openControlPlanes(flags, io, session);
    const to = isFolder ? { folder: path } : { file: path };
    const saved = await saveSnapshot({ hosts, to, run: session.run });
    await session.told();
    if (session.json) io.result({ snapshot: saved });
    else io.stdout.write(said(saved));
    return undefined;
  });
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

function said({ path, bytes, sha256, revision, member, ms }: SavedSnapshot): string {
  const megabytes = bytes / 1000 / 1000;
  const rate = (megabytes / (ms / 1000)).toFixed(0);
  return `${path}: ${megabytes.toFixed(1)} MB of ${member}, revision ${revision}, in ${(ms / 1000).toFixed(1)} s (${rate} MB/s)\nsha256 ${sha256}\n`;
}
