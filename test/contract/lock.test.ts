import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { localHost } from '../../src/host/local-host.ts';
import { acquireLock, breakLock, lockHolder, withLastLock } from '../../src/host/lock/lock.ts';

const root = join(import.meta.dirname, '..', '..');

describe('the lock of a host', () => {
  const host = localHost();
  const now = Date.UTC(2026, 10, 21, 2, 0, 0);
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kinit-lock-'));
    path = join(folder, 'run/lock');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is taken by one, and the other is told who holds it and since when', async () => {
    const holder = await lockHolder('kinit init', now);
    await acquireLock(host, holder, path);
    await expect(acquireLock(host, await lockHolder('kinit reset', now), path)).rejects.toMatchObject({
      message: `another kinit is at work here: ${holder.by}, kinit init, since 2026-11-21T02:00:00.000Z`,
      exitCode: 2,
      hint: expect.stringContaining('kinit unlock'),
    });
  });

  it('is taken by exactly one of many who want it at once', async () => {
    const holder = await lockHolder('kinit up', now);
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => acquireLock(host, holder, path)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('is free again after its release, and leaves no file behind', async () => {
    const lock = await acquireLock(host, await lockHolder('kinit init', now), path);
    await lock.release();
    expect(await readdir(join(folder, 'run'))).toEqual([]);
    await acquireLock(host, await lockHolder('kinit init', now), path);
  });

  it('leaves no folder behind either where it was the last, unless there is something in it', async () => {
    expect(await withLastLock(host, 'kinit reset', () => readdir(join(folder, 'run')), path)).toEqual(['lock']);
    expect(await readdir(folder)).toEqual([]);
    await withLastLock(host, 'kinit reset', () => writeFile(join(folder, 'run/other'), ''), path);
    expect(await readdir(join(folder, 'run'))).toEqual(['other']);
  });

  it('is taken over from a process of this machine that is gone', async () => {
    const holder = await lockHolder('kinit init', now);
    await acquireLock(host, { ...holder, process: holder.process?.replace(/ \d+ \d+$/, ' 4194305 1') }, path);
    const lock = await acquireLock(host, holder, path);
    await lock.release();
    expect(await breakLock(host, path)).toBeUndefined();
  });

  it('is taken over when what the process that is gone has begun is over: a package manager goes on without it', async () => {
    const script = `
      import { localHost } from ${JSON.stringify(join(root, 'src/host/local-host.ts'))};
      import { acquireLock, lockHolder } from ${JSON.stringify(join(root, 'src/host/lock/lock.ts'))};
      const host = localHost();
      await acquireLock(host, await lockHolder('kinit up', 0), ${JSON.stringify(path)});
      const command = 'echo begun >"$1/begun"; sleep 2; echo over >"$1/over"';
      await host.run(['sh', '-c', command, 'sh', ${JSON.stringify(folder)}]);`;
    const killed = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { cwd: root });
    await vi.waitFor(() => access(join(folder, 'begun')), { timeout: 30_000 });
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    await expect(access(join(folder, 'over'))).rejects.toThrow();
    await acquireLock(host, await lockHolder('kinit up', now), path);
    await access(join(folder, 'over'));
  });

  it('is not taken over from a process of another machine', async () => {
    const holder = await lockHolder('kinit init', now);
    await acquireLock(host, { ...holder, process: 'other-boot/pid:[1] 4194305 1' }, path);
    await expect(acquireLock(host, holder, path)).rejects.toThrow('another kinit');
  });

  it('stays when its first holder, whose lock was broken, lets go', async () => {
    const lock = await acquireLock(host, await lockHolder('kinit init', now), path);
    expect(await breakLock(host, path)).toMatchObject({ command: 'kinit init' });
    await acquireLock(host, await lockHolder('kinit reset', now), path);
    await lock.release();
    expect(await breakLock(host, path)).toMatchObject({ command: 'kinit reset' });
  });

  it.each([
    ['cut off', '{'],
    ['empty', ''],
    ['of something else', '[1, 2]'],
    ['with an answer that is none', '{"by":{},"command":"kinit init","since":1}'],
    ['shifted by a byte', '\n{"by":"root@m","command":"kinit init","since":"now"'],
  ])('that cannot be read is respected, and named with the way out: %s', async (_, content) => {
    await acquireLock(host, await lockHolder('kinit init', now), path);
    await writeFile(path, content);
    await expect(acquireLock(host, await lockHolder('kinit init', now), path)).rejects.toMatchObject({
      message: `someone holds the lock ${path}, and who cannot be read from it`,
      exitCode: 2,
      hint: expect.stringContaining('kinit unlock'),
    });
    expect(await breakLock(host, path)).toBe('unreadable');
    await acquireLock(host, await lockHolder('kinit init', now), path);
  });

  it('leaves nothing of those who were killed before they had it, and all of those who are still at it', async () => {
    const holder = await lockHolder('kinit init', now);
    await mkdir(join(folder, 'run'));
    await writeFile(`${path}.4194305`, 'half');
    await writeFile(`${path}.${process.pid}`, 'half');
    const lock = await acquireLock(host, holder, path);
    expect((await readdir(join(folder, 'run'))).sort()).toEqual(['lock', `lock.${process.pid}`]);
    await lock.release();
  });

  it('that is a folder is respected too, and goes', async () => {
    await mkdir(path, { recursive: true });
    await expect(acquireLock(host, await lockHolder('kinit init', now), path)).rejects.toThrow(
      'someone holds the lock',
    );
    expect(await readdir(path)).toEqual([]);
    expect(await breakLock(host, path)).toBe('unreadable');
    expect(await breakLock(host, path)).toBeUndefined();
  });
});
