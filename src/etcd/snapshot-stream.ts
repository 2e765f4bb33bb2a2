import type { Asked } from '../https/json-answer.ts';
import { wrongAnswer } from '../https/json-answer.ts';

/** etcd's own way to a snapshot: what its JSON gateway makes of it takes three times as long. */
export const snapshotCall = '/etcdserverpb.Maintenance/Snapshot';

/** Field 3 of etcdserverpb.SnapshotResponse (api/etcdserverpb/rpc.proto): a piece of the snapshot. */
const blobField = 3;
/** Kinds of fields (protobuf.dev/programming-guides/encoding): a number, and bytes behind their length. */
const kinds = { varint: 0, bytes: 2 } as const;

/**
 * The bytes of a snapshot, of which each message holds a piece. The last 32 are the SHA-256 of all before, as
 * `etcdctl snapshot save` writes them. Throws WrongAnswer for what is none of etcd's.
 */
export async function* snapshotBytes(messages: AsyncIterable<Buffer>, asked: Asked): AsyncGenerator<Buffer> {
  for await (const message of messages) {
    const blob = blobOf(message);
    if (blob === undefined) throw wrongAnswer(asked, `${message.length} bytes that are no piece of a snapshot`);
    if (blob.length > 0) yield blob;
  }
}

/** Empty where the message has none; undefined for what is no such message. */
function blobOf(message: Buffer): Buffer | undefined {
  let blob: Buffer = Buffer.alloc(0);
  for (let at = 0; at < message.length; ) {
    const tag = varintAt(message, at);
    const first = tag && varintAt(message, tag.end);
    if (first === undefined || tag === undefined) return undefined;
    const [field, kind] = [tag.value >> 3, tag.value & 7];
    if (kind === kinds.varint) at = first.end;
    else if (kind === kinds.bytes && first.end + first.value <= message.length) {
      at = first.end + first.value;
      if (field === blobField) blob = message.subarray(first.end, at);
    } else return undefined;
  }
  return blob;
}

/** Seven bits a byte, the lowest first; numbers that are too large for a double are only passed over. */
function varintAt(bytes: Buffer, at: number): { readonly value: number; readonly end: number } | undefined {
  for (let [end, value] = [at, 0]; end < bytes.length && end < at + 10; ) {
    const byte = bytes.readUInt8(end);
    value += (byte & 0x7f) * 2 ** (7 * (end - at));
    end += 1;
    if (byte < 0x80) return { value, end };
  }
  return undefined;
}
