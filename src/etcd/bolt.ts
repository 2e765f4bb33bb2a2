import { KinitError } from '../errors.ts';

/** Where the bytes of a database lie. */
export interface BoltFile {
  readonly size: number;
  /** Fewer bytes than asked for only at the end. */
  read(offset: number, length: number): Promise<Buffer>;
}

/** A database of bbolt (go.etcd.io/bbolt), as far as etcd's are read here: never written. */
export interface Bolt {
  /** Every key of a bucket in its order, none where there is no such bucket. Throws BoltError. */
  entries(bucket: string): AsyncGenerator<BoltEntry>;
  /** The last key of a bucket, at the cost of a few pages. Throws BoltError. */
  lastKey(bucket: string): Promise<Buffer | undefined>;
}

export interface BoltEntry {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** What is no database of bbolt, or a damaged one. */
export class BoltError extends KinitError {
  override readonly name = 'BoltError';
}

/** page.go: the header, a branch's and a leaf's elements; bucket.go: the header of a bucket. */
const pageHeader = 16;
const flags = { branch: 0x01, leaf: 0x02, bucketLeaf: 0x01 } as const;
/** db.go: `meta`. */
const meta = { magic: 0xed0cdaed, version: 2, length: 64 } as const;
/** Bytes of one page with what it overflows into: an etcd's request has 1.5 MiB, a page many requests. */
const longestPage = 64 * 1024 * 1024;
/** Levels of branches that no database of 2^64 bytes comes near. */
const deepest = 32;

interface Page {
  readonly flags: number;
  readonly count: number;
  readonly bytes: Buffer;
}

/** Opens a database of `length` bytes. Throws BoltError where it is none, or was cut short. */
export async function openBolt(file: BoltFile, length: number): Promise<Bolt> {
  const { pageSize, root, pages } = await newestMeta(file);
  if (pages * pageSize > length) throw new BoltError('it ends before its last page');
  const pageAt = async (id: number): Promise<Page> => {
    if (id < 2 || id >= pages) throw new BoltError(`it leads to page ${id} of ${pages}`);
    const first = await file.read(id * pageSize, pageSize);
    if (first.length < pageSize || Number(first.readBigUInt64LE(0)) !== id)
      throw new BoltError(`page ${id} is damaged`);
    const whole = (first.readUInt32LE(12) + 1) * pageSize;
    if (whole > longestPage) throw new BoltError(`page ${id} is damaged`);
    return pageOf(whole === pageSize ? first : await file.read(id * pageSize, whole));
  };

  async function* leaves(page: Page, depth = 0): AsyncGenerator<Page> {
    if (page.flags & flags.leaf) return void (yield page);
    if (!(page.flags & flags.branch) || depth > deepest) throw new BoltError('a page is neither a branch nor a leaf');
    for (let index = 0; index < page.count; index++) yield* leaves(await pageAt(childOf(page, index)), depth + 1);
  }

  const bucketAt = async (name: string): Promise<Page | undefined> => {
    for await (const leaf of leaves(await pageAt(root))) {
      for (let index = 0; index < leaf.count; index++) {
        const { key, value, isBucket } = elementOf(leaf, index);
        if (!isBucket || key.toString('latin1') !== name) continue;
        const id = Number(within(value, 0, 16).readBigUInt64LE(0));
        // A small one lies in its own header's place.
        return id === 0 ? pageOf(value.subarray(16)) : pageAt(id);
      }
    }
    return undefined;
  };

  return {
    async *entries(bucket) {
      const top = await bucketAt(bucket);
      if (top === undefined) return;
      for await (const leaf of leaves(top)) {
        for (let index = 0; index < leaf.count; index++) yield elementOf(leaf, index);
      }
    },
    async lastKey(bucket) {
      let page = await bucketAt(bucket);
      for (let depth = 0; page !== undefined && page.flags & flags.branch; depth++) {
        if (depth > deepest || page.count === 0) throw new BoltError('a branch leads nowhere');
        page = await pageAt(childOf(page, page.count - 1));
      }
      return page === undefined || page.count === 0 ? undefined : elementOf(page, page.count - 1).key;
    },
  };
}

interface Meta {
  readonly pageSize: number;
  readonly root: number;
  /** How many pages there are. */
  readonly pages: number;
  readonly transaction: bigint;
}

/** Two pages at the start take turns; the one that was written last and whole counts. */
async function newestMeta(file: BoltFile): Promise<Meta> {
  const first = metaOf(await file.read(0, pageHeader + meta.length));
  const sizes = first ? [first.pageSize] : Array.from({ length: 7 }, (_, power) => 1024 << power);
  const seconds = await Promise.all(sizes.map(async (size) => metaOf(await file.read(size, pageHeader + meta.length))));
  const found = [first, ...seconds].filter((one): one is Meta => one !== undefined);
  const [newest] = found.toSorted((a, b) => (a.transaction < b.transaction ? 1 : -1));
  if (newest === undefined) throw new BoltError('it does not begin as a database of bbolt does');
  return newest;
}

function metaOf(bytes: Buffer): Meta | undefined {
  if (bytes.length < pageHeader + meta.length) return undefined;
  const at = (offset: number) => pageHeader + offset;
  const isOne = bytes.readUInt32LE(at(0)) === meta.magic && bytes.readUInt32LE(at(4)) === meta.version;
  const pageSize = bytes.readUInt32LE(at(8));
  if (!isOne || pageSize < 512 || pageSize > 1024 * 1024) return undefined;
  if (bytes.readBigUInt64LE(at(56)) !== fnv1a(bytes.subarray(at(0), at(56)))) return undefined;
  return {
    pageSize,
    root: Number(bytes.readBigUInt64LE(at(16))),
    pages: Number(bytes.readBigUInt64LE(at(40))),
    transaction: bytes.readBigUInt64LE(at(48)),
  };
}

/** FNV-1a of 64 bits, as `meta.sum64` has it. */
export function fnv1a(bytes: Buffer): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  return hash;
}

function pageOf(bytes: Buffer): Page {
  return { flags: within(bytes, 0, pageHeader).readUInt16LE(8), count: bytes.readUInt16LE(10), bytes };
}

/** The page that an element of a branch leads to. */
function childOf({ bytes }: Page, index: number): number {
  return Number(within(bytes, pageHeader + index * 16, 16).readBigUInt64LE(8));
}

function elementOf({ bytes }: Page, index: number): BoltEntry & { readonly isBucket: boolean } {
  const start = pageHeader + index * 16;
  const element = within(bytes, start, 16);
  const [kind, position, keyLength, valueLength] = [0, 4, 8, 12].map((offset) => element.readUInt32LE(offset)) as [
    number,
    number,
    number,
    number,
  ];
  const at = start + position;
  return {
    isBucket: (kind & flags.bucketLeaf) !== 0,
    key: within(bytes, at, keyLength),
    value: within(bytes, at + keyLength, valueLength),
  };
}

function within(bytes: Buffer, from: number, length: number): Buffer {
  if (from + length > bytes.length) throw new BoltError('an element leads out of its page');
  return bytes.subarray(from, from + length);
}
