import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { imageProbe } from '../../../src/phases/runtime-tool.ts';

const run = promisify(execFile);
const socket = 'unix:///run/containerd/containerd.sock';
const programs = new Map([['ctr', '/usr/bin/ctr']]);

/** In place of containerd's own: it knows no image with `absent` in its name, and writes down what it is asked. */
const folder = mkdtempSync(join(tmpdir(), 'kinit-probe-'));
const asked = join(folder, 'asked');
writeFileSync(
  join(folder, 'ctr'),
  `#!/bin/sh\necho "$*" >>'${asked}'\ncase "$*" in *absent*) echo 'not found' >&2; exit 1 ;; esac\necho '{}'\n`,
);
chmodSync(join(folder, 'ctr'), 0o755);
afterAll(() => rmSync(folder, { recursive: true }));

async function untold(images: readonly string[], registryFolder?: string): Promise<readonly string[]> {
  const runtimes = registryFolder === undefined ? [] : [{ registryFolder } as never];
  const [program = '', ...argv] = imageProbe(socket, { programs, runtimes }, images) ?? [];
  const { stdout } = await run(program, argv, { env: { PATH: `${folder}:${process.env['PATH']}` } });
  return stdout.split('\n').filter(Boolean).sort();
}

describe('asking registries for images', () => {
  test('names those of which none tells, however many there are', async () => {
    const images = Array.from({ length: 20 }, (_, index) => `r.io/${index % 5 === 0 ? 'absent' : 'there'}-${index}:v1`);
    expect(await untold(images)).toEqual(images.filter((image) => image.includes('absent')).sort());
  });

  test('goes by the mirrors of the runtime', async () => {
    await untold(['r.io/mirrored:v1'], '/etc/containerd/certs.d');
    const { stdout } = await run('grep', ['mirrored', asked]);
    expect(stdout).toBe('content fetch-object --hosts-dir /etc/containerd/certs.d r.io/mirrored:v1\n');
  });

  test.each([
    ['docker', 'unix:///var/run/docker.sock', programs],
    ['containerd without ctr', socket, new Map()],
  ])('is left to pulls with %s', (_, criSocket, there) => {
    expect(imageProbe(criSocket, { programs: there }, ['r.io/a:v1'])).toBeUndefined();
  });
});
