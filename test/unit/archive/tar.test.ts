import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TarEntry, TarError, tarEnd, tarEntries, tarHeader, tarPadding } from '../../../src/archive/tar.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kinit-tar-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function inMemory(bytes: Buffer) {
  return {
    size: bytes.length,
    read: async (offset: number, length: number) => bytes.subarray(offset, offset + length),
  };
}

async function list(bytes: Buffer): Promise<TarEntry[]> {
  const entries: TarEntry[] = [];
  for await (const entry of tarEntries(inMemory(bytes))) entries.push(entry);
  return entries;
}

/** An archive as we write it. */
function archive(files: Readonly<Record<string, string>>): Buffer {
  const parts = Object.entries(files).flatMap(([name, text]) => [
    tarHeader(name, Buffer.byteLength(text), 1_700_000_000),
    Buffer.from(text),
    tarPadding(Buffer.byteLength(text)),
  ]);
  return Buffer.concat([...parts, tarEnd]);
}

describe('a tar archive of ours', () => {
  const files = { 'kinit-bundle.json': '{}', 'rpms/kubelet.rpm': 'x'.repeat(513), 'images/empty.tar': '' };

  it('is read by tar', () => {
    const file = join(folder, 'ours.tar');
    writeFileSync(file, archive(files));
    execFileSync('tar', ['-xf', file, '-C', folder]);
    expect(execFileSync('tar', ['-tf', file]).toString().trim().split('\n')).toEqual(Object.keys(files));
    for (const [name, text] of Object.entries(files)) expect(readFileSync(join(folder, name), 'utf8')).toBe(text);
  });

  it('is read by us', async () => {
    const bytes = archive(files);
    const found = (await list(bytes)).map(({ name, offset, size }) => [
      name,
      bytes.toString('utf8', offset, offset + size),
    ]);
    expect(Object.fromEntries(found)).toEqual(files);
  });

  it('holds files of more than eight gibibytes', async () => {
    const size = 9 * 1024 ** 3;
    const header = tarHeader('images/huge.tar', size, 0);
    const read = async (offset: number, length: number) =>
      offset === 0 ? header : Buffer.alloc(Math.min(length, 1024));
    const [first] = await (async () => {
      const all: TarEntry[] = [];
      for await (const entry of tarEntries({ size: size + 2048, read })) all.push(entry);
      return all;
    })();
    expect(first).toEqual({ name: 'images/huge.tar', type: 'file', offset: 512, size });
  });

  it('refuses a name that does not fit', () => {
    expect(() => tarHeader('x'.repeat(101), 0, 0)).toThrow(/too long/);
  });
});

/** An archive of one file whose header tells this size, as somebody would write it who means harm. */
function withSize(text: string): Buffer {
  const bytes = archive({ one: 'first' });
  bytes.write(text, 124);
  bytes.write(' '.repeat(8), 148);
  const sum = bytes.subarray(0, 512).reduce((all, byte) => all + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
}

describe("other programs' tar archives", () => {
  const long = `${'a-long-folder-name/'.repeat(8)}file`;

  it.each(['gnu', 'ustar', 'pax'])('are read with long names in the format %s', async (format) => {
    mkdirSync(join(folder, 'other', long, '..'), { recursive: true });
    writeFileSync(join(folder, 'other', long), 'deep');
    const bytes = execFileSync('tar', ['-C', join(folder, 'other'), `--format=${format}`, '-cf', '-', long]);
    const [entry] = await list(bytes);
    expect(entry?.name).toBe(long);
    expect(bytes.toString('utf8', entry?.offset, (entry?.offset ?? 0) + (entry?.size ?? 0))).toBe('deep');
  });

  it.each([
    ['cut inside a file', 700, 'truncated'],
    ['cut between two files', 1024, 'truncated'],
    ['cut inside a header', 1100, 'truncated'],
    ['without its end', 1536, 'truncated'],
    ['empty', 0, 'not a tar archive'],
  ])('are told to be broken when %s', async (_, length, problem) => {
    const bytes = archive({ one: 'first', two: '' }).subarray(0, length);
    await expect(list(bytes)).rejects.toEqual(new TarError(problem as 'truncated'));
  });

  it.each([
    ['a text', Buffer.from('hello\n'.repeat(200))],
    ['random bytes', Buffer.from(Array.from({ length: 2048 }, (_, index) => (index * 7919) % 251))],
    ['a name of many gigabytes', tarHeader('x', 2 ** 33, 0)],
    ['a size that leads back', withSize('-0000001000')],
    ['a size that is no number', withSize('zzzzzzzzzzz')],
  ])('are told from %s', async (_, bytes) => {
    await expect(list(bytes)).rejects.toBeInstanceOf(TarError);
  });
});
