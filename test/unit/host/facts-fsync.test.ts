import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
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

  it('leaves nothing of a measurement that was killed, where it is made now and above', () => {
    const directory = mkdtempSync(join(tmpdir(), 'kinit-fsync-'));
    try {
      mkdirSync(join(directory, 'etcd'));
      for (const folder of ['.', 'etcd']) writeFileSync(join(directory, folder, '.kinit-fsync.4194305'), '');
      writeFileSync(join(directory, `.kinit-fsync.${process.pid}`), '');
      execFileSync('sh', ['-c', fsyncScript(join(directory, 'etcd'))]);
      expect(readdirSync(directory, { recursive: true }).sort()).toEqual([`.kinit-fsync.${process.pid}`, 'etcd']);
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
