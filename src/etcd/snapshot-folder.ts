import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openLocalFile } from '../archive/local-file.ts';
import { KinitError } from '../errors.ts';
import { snapshotRevision } from './snapshot-content.ts';
import { readSnapshot } from './snapshot-file.ts';
import { parseSnapshotName, pkiFileOf, shortPin } from './snapshot-name.ts';

/** A snapshot in a folder, whole or not. */
export interface ListedSnapshot {
  readonly name: string;
  /** When it was made, in milliseconds since the epoch: by its name, else when it was last written. */
  readonly time: number;
  readonly bytes: number;
  /** The first digits of the pin of its cluster's CA; undefined where its name does not tell. */
  readonly cluster: string | undefined;
  /** undefined where it is not whole. */
  readonly revision: number | undefined;
  readonly sha256: string | undefined;
  /** Why it is none to restore from. */
  readonly problem: string | undefined;
}

/** The snapshots of a folder (`*.db`), the newest first, each read from its first byte to its last. Throws what readdir throws. */
export async function listSnapshots(folder: string): Promise<readonly ListedSnapshot[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.db') && !name.startsWith('.'));
  const listed: ListedSnapshot[] = [];
  for (const name of names) listed.push(await listedSnapshot(join(folder, name), name));
  return listed.toSorted((a, b) => b.time - a.time);
}

async function listedSnapshot(path: string, name: string): Promise<ListedSnapshot> {
  const { size: bytes, mtimeMs } = await stat(path);
  const told = parseSnapshotName(name);
  const known = { name, time: told?.time ?? mtimeMs, bytes, cluster: told?.cluster };
  try {
    const { sha256 } = await readSnapshot(path);
    return { ...known, revision: await revisionOf(path), sha256, problem: undefined };
  } catch (error) {
    if (!(error instanceof KinitError)) throw error;
    const problem = error.message.replace(`${path}: `, '');
    return { ...known, revision: undefined, sha256: undefined, problem };
  }
}

async function revisionOf(path: string): Promise<number> {
  const file = await openLocalFile(path);
  try {
    return await snapshotRevision(file);
  } finally {
    await file.close();
  }
}

/**
 * Removes all but the newest snapshots of a cluster, by the names that kinit gives, each with the PKI beside it, and what killed
 * runs have left of unfinished ones. Returns the names of the snapshots. Throws what the system throws.
 */
export async function keepNewest(folder: string, keep: number, caPin: string, now: number): Promise<readonly string[]> {
  const names = await readdir(folder);
  const old = names
    .flatMap((name) => {
      const told = parseSnapshotName(name);
      return told?.cluster === shortPin(caPin) ? [{ name, time: told.time }] : [];
    })
    .toSorted((a, b) => b.time - a.time)
    .slice(keep)
    .map(({ name }) => name);
  for (const name of old) {
    await rm(join(folder, name), { force: true });
    await rm(join(folder, pkiFileOf(name)), { force: true });
  }
  for (const name of names.filter((one) => unfinished.test(one))) {
    const { mtimeMs } = await stat(join(folder, name));
    if (now - mtimeMs > abandonedAfter) await rm(join(folder, name), { force: true });
  }
  return old;
}

/** As writeWhole names them. */
const unfinished = /^\.etcd-[0-9a-f]{8}-\d{8}T\d{6}Z\.(?:db|pki\.age)\.part$/;
/** Milliseconds without a byte. */
const abandonedAfter = 10 * 60_000;
