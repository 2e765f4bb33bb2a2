import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { defined } from '../../defined.ts';
import { InputError } from '../../errors.ts';
import { onUserFile } from '../../host/user-files.ts';
import type { SavedSnapshot } from '../../workflows/etcd/save-snapshot.ts';
import { positive } from '../each-host.ts';
import { openControlPlanes } from '../input/control-planes.ts';
import type { InventoryFlags } from '../input/inventory-file.ts';
import type { Io } from '../io.ts';
import { inSession } from '../session.ts';
import { type PkiRecipientFlags, pkiRecipient } from './pki-flags.ts';

/** The flags of `kinit etcd snapshot save`. */
export interface SaveFlags extends InventoryFlags, PkiRecipientFlags {
  readonly output?: string;
  readonly keep?: string;
}

/** Saves a snapshot of etcd on this machine. Throws KinitError. */
export async function runSnapshotSave(given: string | undefined, flags: SaveFlags, io: Io): Promise<void> {
  const { saveSnapshot } = await import('../../workflows/etcd/save-snapshot.ts');
  await inSession({ flags, io }, async (session) => {
    const path = resolve(io.cwd, given ?? '.');
    const isFolder = given === undefined || given.endsWith('/') || (await isDirectory(path));
    const keep = keepOf(flags.keep, isFolder);
    const pkiFor = await pkiRecipient(flags, io);
    const hosts = await openControlPlanes(flags, io, session);
    const to = isFolder ? { folder: path } : { file: path };
    const saved = await saveSnapshot({ hosts, to, run: session.run, ...defined({ pkiFor }) });
    const { keepNewest } = await import('../../etcd/snapshot-folder.ts');
    const removed =
      keep === undefined ? [] : await onUserFile('write', path, () => keepNewest(path, keep, saved.cluster, io.now()));
    await session.told();
    if (session.json) io.result({ snapshot: saved, removed });
    else io.stdout.write(`${said(saved)}${removed.map((name) => `removed ${name}\n`).join('')}`);
    return undefined;
  });
}

/** Throws InputError. */
function keepOf(text: string | undefined, isFolder: boolean): number | undefined {
  if (text === undefined) return undefined;
  if (!isFolder) throw new InputError([{ place: '--keep', message: 'name a folder: in a file there is one snapshot' }]);
  return positive('--keep', text);
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

function said({ path, bytes, sha256, revision, member, ms, pki }: SavedSnapshot): string {
  const megabytes = bytes / 1000 / 1000;
  const rate = (megabytes / (ms / 1000)).toFixed(0);
  return `${path}: ${megabytes.toFixed(1)} MB of ${member}, revision ${revision}, in ${(ms / 1000).toFixed(1)} s (${rate} MB/s)\nsha256 ${sha256}\n${pki === undefined ? '' : `${pki}: the PKI, encrypted\n`}`;
}
