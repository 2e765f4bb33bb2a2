import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { assertWritable, WriteError, writeWhole } from '../../../src/archive/local-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'kinit-local-file-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'file');
const pipe = join(folder, 'pipe');
writeFileSync(file, 'before');
mkdirSync(join(folder, 'folder'));
execFileSync('mkfifo', [pipe]);

async function* text(): AsyncGenerator<Buffer> {
  yield Buffer.from('after');
}

describe('a file that is written whole', () => {
  it.each([
    ['folder', 'it is a directory'],
    ['pipe', 'it is not a file'],
    ['missing/file', 'its folder does not exist'],
    ['file/file', 'a part of the path is no directory'],
  ])('is not written to %s, which is known before anything is made for it', async (name, why) => {
    const path = join(folder, name);
    const refused = new WriteError(`cannot write ${path}: ${why}`);
    await expect(assertWritable(path)).rejects.toThrow(refused);
    await expect(writeWhole(path, text())).rejects.toThrow(refused);
    expect(lstatSync(pipe).isFIFO()).toBe(true);
    expect(readdirSync(folder).toSorted()).toEqual(['file', 'folder', 'pipe']);
  });

  it('takes the place of another, which a trial leaves as it is', async () => {
    await assertWritable(file);
    expect(readFileSync(file, 'utf8')).toBe('before');
    symlinkSync('file', join(folder, 'link'));
    await writeWhole(join(folder, 'link'), text());
    expect(lstatSync(join(folder, 'link')).isSymbolicLink()).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe('after');
  });
});
