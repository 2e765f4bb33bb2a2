import { fnv1a } from '../../src/etcd/bolt.ts';

const pageSize = 4096;

type Entries = readonly (readonly [Buffer, Buffer])[];

/**
 * A database of bbolt with these buckets, each of which has a page of leaves for so many keys, below a branch where that is
 * more than one.
 */
export function boltDatabase(buckets: Readonly<Record<string, Entries>>, keysOfPage = 3): Buffer {
  const pages: Buffer[] = [Buffer.alloc(pageSize), Buffer.alloc(pageSize), page(2, 0x10, [])];
  const add = (flags: number, build: (id: number) => Buffer): number => {
    const id = pages.length;
    const bytes = build(id);
    for (let at = 0; at < bytes.length; at += pageSize) pages.push(bytes.subarray(at, at + pageSize));
    return flags === 0 ? 0 : id;
  };
  const roots = Object.entries(buckets)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, entries]): readonly [Buffer, Buffer] => {
      const leaves: { readonly first: Buffer; readonly id: number }[] = [];
      for (let at = 0; at < Math.max(entries.length, 1); at += keysOfPage) {
        const part = entries.slice(at, at + keysOfPage);
        leaves.push({ first: part[0]?.[0] ?? Buffer.alloc(0), id: add(2, (id) => page(id, 2, part)) });
      }
      const [only] = leaves;
      const root = leaves.length === 1 && only ? only.id : add(1, (id) => branch(id, leaves));
      const header = Buffer.alloc(16);
      header.writeBigUInt64LE(BigInt(root), 0);
      return [Buffer.from(name), header];
    });
  const root = add(2, (id) => page(id, 2, roots, 1));
  for (const transaction of [0, 1]) metaPage(root, pages.length, transaction).copy(pages[transaction]!);
  return Buffer.concat(pages);
}

/** A key of etcd's bucket `key` and its value, for a key of a client. */
export function etcdEntry(revision: number, key: string, value: string | undefined): readonly [Buffer, Buffer] {
  const name = Buffer.alloc(value === undefined ? 18 : 17);
  name.writeBigUInt64BE(BigInt(revision), 0);
  name.write('_', 8);
  if (value === undefined) name.write('t', 17);
  const field = (tag: number, text: string) => {
    const bytes = Buffer.from(text);
    const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 127) | 128, bytes.length >> 7];
    return Buffer.concat([Buffer.from([tag, ...length]), bytes]);
  };
  return [name, Buffer.concat([field(0x0a, key), ...(value === undefined ? [] : [field(0x2a, value)])])];
}

function page(id: number, flags: number, entries: Entries, kind = 0): Buffer {
  const head = Buffer.alloc(16 + entries.length * 16);
  let position = head.length;
  for (const [index, [key, value]] of entries.entries()) {
    const at = 16 + index * 16;
    head.writeUInt32LE(kind, at);
    head.writeUInt32LE(position - at, at + 4);
    head.writeUInt32LE(key.length, at + 8);
    head.writeUInt32LE(value.length, at + 12);
    position += key.length + value.length;
  }
  return padded(id, flags, entries.length, Buffer.concat([head, ...entries.flat()]));
}

function branch(id: number, children: readonly { readonly first: Buffer; readonly id: number }[]): Buffer {
  const head = Buffer.alloc(16 + children.length * 16);
  let position = head.length;
  for (const [index, child] of children.entries()) {
    const at = 16 + index * 16;
    head.writeUInt32LE(position - at, at);
    head.writeUInt32LE(child.first.length, at + 4);
    head.writeBigUInt64LE(BigInt(child.id), at + 8);
    position += child.first.length;
  }
  return padded(id, 1, children.length, Buffer.concat([head, ...children.map(({ first }) => first)]));
}

function padded(id: number, flags: number, count: number, bytes: Buffer): Buffer {
  const pages = Math.ceil(bytes.length / pageSize);
  const whole = Buffer.alloc(pages * pageSize);
  bytes.copy(whole);
  whole.writeBigUInt64LE(BigInt(id), 0);
  whole.writeUInt16LE(flags, 8);
  whole.writeUInt16LE(count, 10);
  whole.writeUInt32LE(pages - 1, 12);
  return whole;
}

function metaPage(root: number, pages: number, transaction: number): Buffer {
  const bytes = Buffer.alloc(80);
  bytes.writeBigUInt64LE(BigInt(transaction), 0);
  bytes.writeUInt16LE(4, 8);
  bytes.writeUInt32LE(0xed0cdaed, 16);
  bytes.writeUInt32LE(2, 20);
  bytes.writeUInt32LE(pageSize, 24);
  bytes.writeBigUInt64LE(BigInt(root), 32);
  bytes.writeBigUInt64LE(2n, 48);
  bytes.writeBigUInt64LE(BigInt(pages), 56);
  bytes.writeBigUInt64LE(BigInt(transaction + 6), 64);
  bytes.writeBigUInt64LE(fnv1a(bytes.subarray(16, 72)), 72);
  return bytes;
}
