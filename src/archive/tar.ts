import { defined } from '../defined.ts';
/** One file in a tar archive: where its content lies and how long it is. */
export interface TarEntry {
  readonly name: string;
  readonly type: 'file' | 'directory' | 'other';
  /** Of the content, from the start of the archive. */
  readonly offset: number;
  readonly size: number;
}

/** What is wrong with an archive: it is none, or it ends too early. */
export class TarError extends Error {
  readonly problem: 'not a tar archive' | 'truncated';

  constructor(problem: 'not a tar archive' | 'truncated') {
    super(problem);
    this.problem = problem;
  }
}

const block = 512;

/** The end of an archive (POSIX.1-2017, pax, ustar Interchange Format: two blocks of zeros). */
export const tarEnd = Buffer.alloc(2 * block);

/** The header of a file in ustar's format, with GNU tar's base-256 size from 8 GiB on; owned by root. */
export function tarHeader(name: string, size: number, modified: number, mode = 0o644): Buffer {
  const header = Buffer.alloc(block);
  if (Buffer.byteLength(name) > 100) throw new TypeError(`too long for a name in an archive: ${name}`);
  header.write(name, 0);
  header.write(`${mode.toString(8).padStart(7, '0')}\0`, 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  if (size < 8 ** 11) header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  else {
    header[124] = 0x80;
    header.writeBigUInt64BE(BigInt(size), 128);
  }
  header.write(`${modified.toString(8).padStart(11, '0')}\0`, 136);
  header.write('0', 156);
  header.write('ustar\x0000', 257);
  header.write('root', 265);
  header.write('root', 297);
  header.write(`${checksum(header).toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** What fills the last block of a content of this size. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((block - (size % block)) % block);
}

/**
 * The files of an archive, read header by header: ustar, with GNU's and pax's long names and sizes. Throws TarError at
 * the first header that is none and where the archive ends before its last file does.
 */
export async function* tarEntries(archive: {
  readonly size: number;
  read(offset: number, length: number): Promise<Buffer>;
}): AsyncGenerator<TarEntry> {
  let extended: { name?: string; size?: number } = {};
  for (let at = 0; ; ) {
    const header = await archive.read(at, block);
    if (header.length === block && header.every((byte) => byte === 0)) return;
    if (header.length < block) throw new TarError(at === 0 ? 'not a tar archive' : 'truncated');
    if (octal(header, 148, 8) !== checksum(header)) throw new TarError('not a tar archive');
    const type = String.fromCharCode(header[156] ?? 0);
    const size = extended.size ?? sizeOf(header);
    // A size below zero would lead back to where reading comes from.
    if (!Number.isSafeInteger(size) || size < 0) throw new TarError('not a tar archive');
    const offset = at + block;
    if (offset + size > archive.size) throw new TarError('truncated');
    at = offset + Math.ceil(size / block) * block;
    if ((type === 'L' || type === 'x') && size > longestName) throw new TarError('not a tar archive');
    if (type === 'L') extended = { ...extended, name: text(await archive.read(offset, size)) };
    else if (type === 'x') extended = { ...extended, ...paxFields((await archive.read(offset, size)).toString()) };
    else if (type !== 'g') {
      yield { name: extended.name ?? nameOf(header), type: types[type] ?? 'other', offset, size };
      extended = {};
    }
  }
}

/** Bytes that a long name and its attributes may take. */
const longestName = 1024 * 1024;

const types: Readonly<Record<string, TarEntry['type']>> = { '0': 'file', '\0': 'file', '7': 'file', '5': 'directory' };

function nameOf(header: Buffer): string {
  const prefix = header.toString('latin1', 257, 262) === 'ustar' ? text(header.subarray(345, 500)) : '';
  const name = text(header.subarray(0, 100));
  return prefix === '' ? name : `${prefix}/${name}`;
}

function sizeOf(header: Buffer): number {
  return (header[124] ?? 0) & 0x80 ? Number(header.readBigUInt64BE(128)) : octal(header, 124, 12);
}

/** `LENGTH path=...` lines (POSIX.1-2017, pax Extended Header). */
function paxFields(content: string): { name?: string; size?: number } {
  const path = /^\d+ path=(.*)$/m.exec(content)?.[1];
  const size = /^\d+ size=(\d+)$/m.exec(content)?.[1];
  return { ...defined({ name: path }), ...(size === undefined ? {} : { size: Number(size) }) };
}

/** The sum of all bytes, the field of the sum itself as spaces. */
function checksum(header: Buffer): number {
  return header.reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 32 : byte), 0);
}

function octal(header: Buffer, start: number, length: number): number {
  return Number.parseInt(text(header.subarray(start, start + length)).trim() || '0', 8);
}

function text(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}
