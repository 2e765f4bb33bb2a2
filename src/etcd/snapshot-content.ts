import type { LocalFile } from '../archive/local-file.ts';
import { openBolt } from './bolt.ts';

/** What the database of a snapshot holds, as far as it tells which one it is. */
export interface SnapshotContent {
  /** Of the newest change in it. */
  readonly revision: number;
  /** Keys with all their versions, as they lie there. */
  readonly keys: number;
  /** The value of each of the keys that were asked for, its newest. */
  readonly values: ReadonlyMap<string, Buffer>;
}

/** Reads the database of a snapshot whose digest was seen to be right. Throws BoltError where it is none. */
export async function snapshotContent(file: LocalFile, wanted: readonly string[]): Promise<SnapshotContent> {
  const bolt = await openBolt(file, file.size);
  const sought = new Map(wanted.map((key) => [key, Buffer.from(key)]));
  const values = new Map<string, Buffer>();
  let [keys, revision] = [0, 0];
  for await (const { key, value } of bolt.entries('key')) {
    keys += 1;
    revision = revisionOf(key);
    for (const [name, bytes] of sought) {
      if (!isOf(value, bytes)) continue;
      if (isTombstone(key)) values.delete(name);
      else values.set(name, Buffer.from(value));
    }
  }
  return { revision, keys, values };
}

/** The revision of the newest change alone, at the cost of a few pages. Throws BoltError. */
export async function snapshotRevision(file: LocalFile): Promise<number> {
  const last = await (await openBolt(file, file.size)).lastKey('key');
  return last === undefined ? 0 : revisionOf(last);
}

/** A key of the bucket is a revision: 8 bytes, `_`, 8 of its part, and `t` where something was deleted (server/storage/mvcc/revision.go). */
function revisionOf(key: Buffer): number {
  return key.length < 8 ? 0 : Number(key.readBigUInt64BE(0));
}

function isTombstone(key: Buffer): boolean {
  return key.length === 18;
}

/** Whether a value is of this key: mvccpb.KeyValue has it as its first field (tag 0x0a and its length). */
function isOf(value: Buffer, name: Buffer): boolean {
  return (
    value[0] === 0x0a &&
    value[1] === name.length &&
    value.length >= 2 + name.length &&
    name.compare(value, 2, 2 + name.length) === 0
  );
}
