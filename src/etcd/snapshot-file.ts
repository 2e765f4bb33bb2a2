import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { openLocalFile, WriteError, writeWhole } from '../archive/local-file.ts';
import { pieces } from '../archive/source.ts';
import { exitCodes, KinitError } from '../errors.ts';

/** Bytes at the end of a snapshot: the SHA-256 of all before (`Snapshot` in server/etcdserver/api/v3rpc/maintenance.go). */
const digestLength = 32;
/** Of a database of bbolt the size is a multiple of this, of a whole snapshot the rest is the digest. */
const sector = 512;

/** A snapshot as it lies there. */
export interface SnapshotFile {
  /** With the digest at its end. */
  readonly bytes: number;
  /** Of the whole file in hexadecimal, as `sha256sum` prints it. */
  readonly sha256: string;
}

/**
 * Writes a snapshot (0600 from the first byte), which has its name only when it is whole, its digest right and all of it on the
 * disk. Throws WriteError where a file is there already (exit 3) or the disk is full, KinitError where what comes is no whole
 * snapshot; nothing is left behind then.
 */
export async function writeSnapshot(path: string, bytes: AsyncIterable<Buffer>): Promise<SnapshotFile> {
  await refuseExisting(path);
  const watch = snapshotDigest();
  await writeWhole(path, batched(watched(bytes, watch)), { mode: 0o600 });
  return watch.whole();
}

/** Reads a snapshot. Throws KinitError (exit 3) where it is none, was cut short or is damaged. */
export async function readSnapshot(path: string): Promise<SnapshotFile> {
  const file = await openLocalFile(path);
  try {
    const watch = snapshotDigest();
    for await (const piece of pieces(file)) watch.update(piece);
    const problem = watch.problem();
    if (problem !== undefined) {
      throw new KinitError(`${path}: ${problem}`, { exitCode: exitCodes.badInput, hint: otherSnapshot });
    }
    return watch.whole();
  } finally {
    await file.close();
  }
}

/** Throws WriteError (exit 3) where a file is there: nothing that somebody has saved is ever written over. */
export async function refuseExisting(path: string): Promise<void> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  if (isThere) throw new WriteError(`${path} is there already`, { exitCode: exitCodes.badInput });
}

async function* watched(bytes: AsyncIterable<Buffer>, watch: SnapshotDigest): AsyncGenerator<Buffer> {
  for await (const piece of bytes) {
    watch.update(piece);
    yield piece;
  }
  const problem = watch.problem();
  if (problem !== undefined) throw new KinitError(`what the member sends is ${problem}`);
}

const otherSnapshot =
  'copy it again from where it was made, or take another one: `kinit etcd snapshot list` shows which are whole';

interface SnapshotDigest {
  update(piece: Buffer): void;
  /** Why what has come is no whole snapshot; undefined where it is one. */
  problem(): string | undefined;
  whole(): SnapshotFile;
}

/** Sees what passes: the digest of all but the last 32 bytes, of which nobody knows before the end which they are. */
function snapshotDigest(): SnapshotDigest {
  const database = createHash('sha256');
  let last: Buffer = Buffer.alloc(0);
  let bytes = 0;
  let magic: Buffer = Buffer.alloc(0);
  return {
    update(piece) {
      bytes += piece.length;
      if (magic.length < 20) magic = Buffer.concat([magic, piece.subarray(0, 20)]);
      if (piece.length >= digestLength) {
        database.update(last);
        database.update(piece.subarray(0, -digestLength));
        last = Buffer.from(piece.subarray(-digestLength));
      } else {
        const both = Buffer.concat([last, piece]);
        const end = Math.max(0, both.length - digestLength);
        database.update(both.subarray(0, end));
        last = both.subarray(end);
      }
    },
    problem() {
      if (!isDatabase(magic)) return 'not a snapshot of etcd: it does not begin as a database of bbolt does';
      if (bytes % sector === 0)
        return 'a database of etcd without the digest of a snapshot, such as a member’s own file';
      if (bytes % sector !== digestLength) return `truncated: it ends after ${bytes} bytes, in the middle`;
      return database.copy().digest('hex') === last.toString('hex')
        ? undefined
        : 'damaged: its SHA-256 is not the one at its end';
    },
    whole: () => ({ bytes, sha256: database.copy().update(last).digest('hex') }),
  };
}

/** bbolt's magic number stands behind the header of the first page (go.etcd.io/bbolt db.go: `magic`, `meta`; page.go: 16 bytes). */
function isDatabase(start: Buffer): boolean {
  return start.length >= 20 && start.readUInt32LE(16) === 0xed0cdaed;
}

/** Bytes of one write. */
const batch = 1024 * 1024;

/** Fewer writes of more, all from the same memory: what was given has to be written when the next is asked for. */
async function* batched(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const memory = Buffer.allocUnsafe(batch);
  let filled = 0;
  for await (const piece of pieces) {
    for (let taken = 0; taken < piece.length; ) {
      const copied = piece.copy(memory, filled, taken);
      taken += copied;
      filled += copied;
      if (filled < batch) continue;
      yield memory;
      filled = 0;
    }
  }
  if (filled > 0) yield memory.subarray(0, filled);
}
