import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fsyncScript, parseFsync } from '../../../src/host/facts/facts-fsync.ts';

describe('the time of a synced write', () => {
  it('is measured in the nearest directory that exists, and nothing stays behind', () => {
    const directory = mkdtempSync(join(tmpdir(), "kinit fsync's "));
    try {
      const output = execFileSync('sh', ['-c', fsyncScript(join(directory, 'var', 'etcd'))], { encoding: 'utf8' });
      expect(parseFsync(output)).toBeGreaterThan(0);
      expect(readdirSync(directory)).toEqual([]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it.each([
    ['460000 bytes (460 kB) copied, 2.5 s, 184 kB/s', 12.5],
    ['460000 bytes (460 kB, 449 KiB) copied, 0.25 s, 1.8 MB/s', 1.25],
    ['dd: invalid output flag', undefined],
  ])('of "%s" is told as %s ms', (output, milliseconds) => {
    expect(parseFsync(output)).toBe(milliseconds);
  });
});
