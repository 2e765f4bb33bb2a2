import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { endedProcess } from '../../src/phases/endpoint/ended-process.ts';

/** At most 15 characters: a kernel keeps no more of a name. */
const name = `kinit-${process.pid}`;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kinit-ended-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function end(grace: number): Promise<number | null> {
  const [program = '', ...argv] = endedProcess(name, grace);
  const [code] = await once(spawn(program, argv, { stdio: 'ignore' }), 'exit');
  return code;
}

/** A process of that name, once it runs. */
async function started(atTerm: string) {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\ntrap '${atTerm}' TERM\necho ready\nwhile :; do sleep 0.05; done\n`, { mode: 0o755 });
  const child = spawn(file, { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  const ended = once(child, 'exit').then(([code, signal]) => signal ?? code);
  return { child, ended };
}

describe('processes of a name are ended', () => {
  test('by being asked', async () => {
    const { ended } = await started('exit 3');
    expect(await end(100)).toBe(0);
    expect(await ended).toBe(3);
  });

  test('by force where they do not go', async () => {
    const { ended } = await started('');
    expect(await end(2)).toBe(0);
    expect(await ended).toBe('SIGKILL');
  });

  test('and not those that come in their place', async () => {
    const first = await started('exit 0');
    const ending = end(20);
    await first.ended;
    const second = await started('');
    expect(await ending).toBe(0);
    expect(second.child.exitCode).toBeNull();
    second.child.kill('SIGKILL');
    expect(await second.ended).toBe('SIGKILL');
  });

  test('or it is told that there are none', async () => {
    expect(await end(2)).toBe(1);
  });
});
