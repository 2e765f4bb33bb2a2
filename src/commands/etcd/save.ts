import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { defined } from '../../defined.ts';
import { exitCodes, InputError } from '../../errors.ts';
import { onUserFile } from '../../host/user-files.ts';
import { marked } from '../../printable.ts';
import type { SavedSnapshot } from '../../workflows/etcd/save-snapshot.ts';
import { positive } from '../each-host.ts';
import { namedControlPlanes, openControlPlanes } from '../input/control-planes.ts';
import type { InventoryFlags } from '../input/inventory-file.ts';
import { type Io, tell } from '../io.ts';
import { inSession } from '../session.ts';
import { folderOnHosts } from './folder-on-hosts.ts';
import { type PkiRecipientFlags, pkiRecipient } from './pki-flags.ts';

/** The flags of `kinit etcd snapshot save`. */
export interface SaveFlags extends InventoryFlags, PkiRecipientFlags {
  readonly output?: string;
  readonly keep?: string;
  readonly onHosts?: boolean;
}

/** Saves a snapshot of etcd on this machine. Throws KinitError. */
export async function runSnapshotSave(
  given: string | undefined,
  flags: SaveFlags,
  io: Io,
  exit: (code: number) => void,
): Promise<void> {
  if (flags.onHosts) return saveOnControlPlanes(given, flags, io, exit);
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
    else tell(io, `${said(saved)}${removed.map((name) => `removed ${name}\n`).join('')}`);
    return undefined;
  });
}

/** The same in a folder of each control plane. Throws KinitError. */
async function saveOnControlPlanes(
  given: string | undefined,
  flags: SaveFlags,
  io: Io,
  exit: (code: number) => void,
): Promise<void> {
  const { saveOnHosts } = await import('../../workflows/etcd/host-snapshots.ts');
  if (flags.pkiPassphraseFile !== undefined || flags.pkiRecipient !== undefined)
    throw new InputError([{ place: '--on-hosts', message: 'the PKI lies there already: save it on this machine' }]);
  const keep = flags.keep === undefined ? undefined : positive('--keep', flags.keep);
  await inSession({ flags, io, exit }, async (session) => {
    const { hosts, inventory } = await namedControlPlanes(flags, io, session);
    const directory = folderOnHosts(given, inventory);
    // What the file says is of its own folder.
    const ofFile = given === undefined ? inventory?.snapshots?.keep : undefined;
    const saved = await saveOnHosts(hosts, { directory, keep: keep ?? ofFile ?? 0 }, session.run);
    await session.told();
    const failed = saved.flatMap(({ host, error }) => (error === undefined ? [] : [{ host, error }]));
    const done = saved.filter(({ error }) => error === undefined);
    if (session.json)
      io.result({ saved: done.map(({ error: _, ...one }) => one), failed: failed.map(({ host }) => host) });
    else for (const { host, path, bytes = 0 } of done) io.stdout.write(`${host}: ${path}, ${megabytes(bytes)}\n`);
    for (const { host, error } of failed) io.stderr.write(`${host}: ${marked(error.message)}\n`);
    if (failed.length === 0) return exitCodes.done;
    return done.length === 0 ? exitCodes.phaseFailed : exitCodes.someHostsFailed;
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
  const rate = (bytes / 1000 / 1000 / (ms / 1000)).toFixed(1);
  return `${path}: ${megabytes(bytes)} of ${member}, revision ${revision}, in ${(ms / 1000).toFixed(1)} s (${rate} MB/s)\nsha256 ${sha256}\n${pki === undefined ? '' : `${pki}: the PKI, encrypted\n`}`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1000 / 1000).toFixed(1)} MB`;
}
