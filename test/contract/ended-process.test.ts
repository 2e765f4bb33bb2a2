import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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

async function end(grace: number, proc?: string): Promise<number | null> {
  const [program = '', ...argv] = endedProcess(name, grace, proc);
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

  test.each([
    ['0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{}.slice/cri-containerd-1a.scope'],
    ['4:memory:/kubepods/burstable/pod{}/1a\n3:cpu:/'],
  ])('and not those of pods that are not static, in %s', async (cgroup) => {
    const [own, others] = [await started('exit 0'), await started('exit 0')];
    const uids = [
      [own, '00d50447508bf5372a5e44128a3ac028'],
      [others, 'e22e25a3-b7c5-448f-bc6a-c5279d35dc2b'],
    ] as const;
    for (const [{ child }, uid] of uids) {
      mkdirSync(join(folder, String(child.pid)));
      writeFileSync(join(folder, String(child.pid), 'cgroup'), `${cgroup.replace('{}', uid)}\n`);
    }
    expect(await end(100, folder)).toBe(0);
    expect(await own.ended).toBe(0);
    expect(others.child.exitCode).toBeNull();
    others.child.kill('SIGKILL');
    await others.ended;
  });

  test('or it is told that there are none', async () => {
    expect(await end(2)).toBe(1);
  });
});
