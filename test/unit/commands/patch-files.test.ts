import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readPatchFiles } from '../../../src/commands/input/files.ts';
import type { Io } from '../../../src/commands/io.ts';

const folder = mkdtempSync(join(tmpdir(), 'kinit-patches-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the files of --patches', () => {
  it('may be links to files, as a mounted ConfigMap has them; links to folders are passed over', async () => {
    mkdirSync(join(folder, '..2026'));
    writeFileSync(join(folder, '..2026', 'data'), 'a: 1\n');
    symlinkSync('..2026', join(folder, '..data'));
    symlinkSync('..data/data', join(folder, 'etcd+merge.yaml'));
    const patches = await readPatchFiles(folder, { cwd: '/' } as Io, () => undefined);
    expect(patches).toEqual([{ file: 'etcd+merge.yaml', target: 'etcd', type: 'merge', value: { a: 1 } }]);
  });
});
