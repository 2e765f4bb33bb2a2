import { join } from 'node:path';
import type { AgeRecipient } from '../../archive/age/age.ts';
import { openLocalFile, WriteError } from '../../archive/local-file.ts';
import { exitCodes, KinitError } from '../../errors.ts';
import { hasStarted, memberName } from '../../etcd/members.ts';
import { refuseExisting, writeSnapshot } from '../../etcd/snapshot-file.ts';
import { type SnapshotCandidate, type SnapshotRole, snapshotOrder, snapshotRole } from '../../etcd/snapshot-member.ts';
import { pkiFileOf, snapshotName } from '../../etcd/snapshot-name.ts';
import { throwIfInterrupted } from '../../execute/interrupted.ts';
import { type Run, warner } from '../../execute/run.ts';
import type { Host } from '../../host/host.ts';
import { makeFolder, onUserFile } from '../../host/user-files.ts';
import { type EtcdDoors, etcdDoors } from './doors.ts';
import { sealedPki, writeSealed } from './pki-archive.ts';

/** What is to be saved, and where to. */
export interface SnapshotWish {
  /** Control planes that are reached. */
  readonly hosts: readonly Host[];
  /** A folder of this machine, in which it gets a name of its own, or a file that is not there yet. */
  readonly to: { readonly folder: string } | { readonly file: string };
  /** Who may open the PKI of the control planes, which is saved beside it then, and only encrypted. */
  readonly pkiFor?: AgeRecipient;
  readonly run: Run;
}

/** A snapshot that was saved: whole, its digest right, on the disk. */
export interface SavedSnapshot {
  readonly path: string;
  readonly bytes: number;
  /** Of the file, in hexadecimal. */
  readonly sha256: string;
  /** Of the newest change in it. */
  readonly revision: number;
  /** The name of the member that it is of. */
  readonly member: string;
  readonly role: SnapshotRole;
  /** Of etcd. */
  readonly version: string;
  /** The pin of the cluster's CA, as `kubeadm join` has it. */
  readonly cluster: string;
  /** Milliseconds. */
  readonly ms: number;
  /** The file with the PKI; undefined where nobody asked for it. */
  readonly pki?: string;
}

/**
 * Saves a snapshot of the member that is best for it, streamed to the disk (0600), with its name only when it is whole; where
 * one member breaks off, the next is asked. Throws KinitError: no control plane with etcd (exit 2), no member that answers, a
 * file that is there (exit 3), a disk that is full; nothing is left behind then.
 */
export async function saveSnapshot({ hosts, to, pkiFor, run }: SnapshotWish): Promise<SavedSnapshot> {
  const doors = await etcdDoors(hosts);
  const [best, ...others] = snapshotOrder(await snapshotCandidates(doors), await doors.alarms());
  if (best === undefined) throw nobody();
  if ('folder' in to) await onUserFile('write', to.folder, () => makeFolder(to.folder, 0o700));
  const path = 'file' in to ? to.file : join(to.folder, snapshotName(doors.cluster, run.now));
  const seal = pkiFor === undefined ? undefined : await sealing(path, doors, pkiFor, run);
  const saved = await firstThatSaves([best, ...others], path, doors, run);
  return seal === undefined ? saved : { ...saved, pki: await seal() };
}

/** Looks at the PKI first: what cannot be read is told before a snapshot is taken. Gives what writes it. */
async function sealing(path: string, doors: EtcdDoors, pkiFor: AgeRecipient, run: Run): Promise<() => Promise<string>> {
  const file = pkiFileOf(path);
  await refuseExisting(file);
  const { sealed, lacking } = await sealedPki(doors.places, pkiFor, run.now);
  for (const [{ host }, keys] of lacking)
    warner(run, host.name)(`its PKI has no ${keys.join(' and ')}: keep a copy of what is elsewhere too`);
  return async () => {
    await writeSealed(file, sealed);
    return file;
  };
}

async function firstThatSaves(
  [best, ...others]: readonly [SnapshotCandidate, ...SnapshotCandidate[]],
  path: string,
  doors: EtcdDoors,
  run: Run,
): Promise<SavedSnapshot> {
  for (let [candidate, rest] = [best, others as readonly SnapshotCandidate[]]; ; ) {
    throwIfInterrupted(run.signal, doors.hostOf(candidate.member).name);
    try {
      return await saveFrom(candidate, path, doors, run);
    } catch (error) {
      const { name } = doors.hostOf(candidate.member);
      throwIfInterrupted(run.signal, name);
      const [next, ...after] = rest;
      if (!(error instanceof KinitError) || error instanceof WriteError || next === undefined) throw error;
      warner(run, name)(`the snapshot of ${memberName(candidate.member)} failed: ${error.message}`);
      [candidate, rest] = [next, after];
    }
  }
}

/** The members that answer, with what they say of themselves. */
export async function snapshotCandidates(doors: EtcdDoors): Promise<readonly SnapshotCandidate[]> {
  const asked = doors.members.filter(hasStarted).map(async (member) => {
    const status = await doors.ask(member, (client) => client.status(), shortly).catch(unreached);
    return status === undefined ? [] : [{ member, status }];
  });
  return (await Promise.all(asked)).flat();
}

/** Milliseconds for a member that is silent. */
const shortly = { retryForMs: 0, timeoutMs: 5000 };
/** Milliseconds for which a stream may give nothing. */
const stalled = { retryForMs: 3000, timeoutMs: 60_000 };

function unreached(error: unknown): undefined {
  if (!(error instanceof KinitError)) throw error;
  return undefined;
}

async function saveFrom(
  candidate: SnapshotCandidate,
  path: string,
  doors: EtcdDoors,
  { reporter, signal }: Run,
): Promise<SavedSnapshot> {
  const { member, status } = candidate;
  const [role, name, began] = [snapshotRole(candidate), memberName(member), Date.now()];
  const text = `[etcd] Saving a snapshot of ${name} (${role}, ${mebibytes(status.databaseBytes)}) to ${path}`;
  reporter.report({ type: 'line', host: doors.hostOf(member).name, phase: 'etcd', text });
  const how = { ...stalled, signal };
  const { bytes, sha256 } = await doors.ask(member, (client) => writeSnapshot(path, client.snapshot()), how);
  const { version } = status;
  // Where the last change was a deletion that is compacted by now, the file does not have it any more.
  const revision = Math.max(status.revision, await revisionIn(path));
  return { path, bytes, sha256, revision, member: name, role, version, cluster: doors.cluster, ms: Date.now() - began };
}

async function revisionIn(path: string): Promise<number> {
  const { snapshotRevision } = await import('../../etcd/snapshot-content.ts');
  const file = await openLocalFile(path);
  try {
    return await snapshotRevision(file);
  } finally {
    await file.close();
  }
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

function nobody(): KinitError {
  return new KinitError('no voting member of etcd answers, so there is nothing to save', {
    exitCode: exitCodes.phaseFailed,
    hint: '`kinit status` shows its members; what is on the disk of a dead member is in its data directory, in member/snap/db',
  });
}
