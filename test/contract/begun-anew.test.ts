import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Observed } from '../../src/execute/observed.ts';
import { restartComponents } from '../../src/phases/certificates/restart-components.ts';
import { manifestsDirectory } from '../../src/release/paths.ts';

// A shell runs what a control plane would run, on processes of these names and a kubelet that is a file.
// A kernel keeps 15 characters of a name.
const names = ['a', 'b'].map((letter) => `kinit-${letter}${process.pid % 10_000}-of-long-name`);
const mark = '/var/lib/kinit/mark';
let folder: string;
let running: ReturnType<typeof spawn>[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kinit-anew-'));
  mkdirSync(join(folder, 'bin'));
  kubeletRuns(true);
  for (const name of names) writeFileSync(join(folder, `${name}.yaml`), 'a static pod');
  running = [];
});
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

function kubeletRuns(does: boolean): void {
  writeFileSync(join(folder, 'bin', 'systemctl'), `#!/bin/sh\nexit ${does ? 0 : 3}\n`, { mode: 0o755 });
}

/** A process of that name, once it runs; `again` starts another one when it ends, as a kubelet does. */
async function started(name: string, atTerm: string, again = true) {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\ntrap '${atTerm}' TERM\necho ready\nwhile :; do sleep 0.05; done\n`, { mode: 0o755 });
  const child = spawn(file, { stdio: ['ignore', 'pipe', 'ignore'] });
  running.push(child);
  await once(child.stdout, 'data');
  const ended = once(child, 'exit').then(([code, signal]) => signal ?? code);
  if (again) void ended.then(() => started(name, atTerm, false));
  return { child, ended };
}

async function begunAnew(): Promise<{ readonly code: number; readonly stderr: string }> {
  const observed = { paths: new Map([[mark, { type: 'file' }]]) } as unknown as Observed;
  const context = { restarting: { mark, names: names as never }, member: undefined };
  const [change] = restartComponents.desired(context, observed);
  if (change?.kind !== 'command') throw new Error('no command');
  const [program = '', ...argv] = change.argv.map((word) => (word === manifestsDirectory ? folder : word));
  const PATH = `${join(folder, 'bin')}${delimiter}${process.env['PATH']}`;
  const child = spawn(program, argv, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, PATH } });
  const said: string[] = [];
  child.stderr.on('data', (piece) => void said.push(String(piece)));
  const [code] = await once(child, 'close');
  return { code, stderr: said.join('') };
}

describe('the components of a control plane begin anew', () => {
  test('when they end as they are asked to, and it is waited until all of them run', async () => {
    const [first, second] = [await started(names[0]!, 'exit 3'), await started(names[1]!, 'exit 4')];
    expect(await begunAnew()).toEqual({ code: 0, stderr: '' });
    expect([await first.ended, await second.ended]).toEqual([3, 4]);
    expect(running).toHaveLength(4);
  });

  test('by force where they do not go', async () => {
    const [first, second] = [await started(names[0]!, ''), await started(names[1]!, 'exit 4')];
    expect((await begunAnew()).code).toBe(0);
    expect([await first.ended, await second.ended]).toEqual(['SIGKILL', 4]);
  });

  test('when they come to run, where they do not just now', async () => {
    const over = begunAnew();
    for (const name of names) await started(name, 'exit 3');
    expect((await over).code).toBe(0);
  });

  test('not where nobody would start them: none is ended then', async () => {
    kubeletRuns(false);
    const { child } = await started(names[0]!, 'exit 3', false);
    expect(await begunAnew()).toEqual({ code: 1, stderr: 'the kubelet does not run\n' });
    expect(child.exitCode).toBeNull();
  });

  test('but for those that are no static pods here, which are not waited for', async () => {
    rmSync(join(folder, `${names[1]}.yaml`));
    const first = await started(names[0]!, 'exit 3');
    const second = await started(names[1]!, 'exit 4', false);
    expect((await begunAnew()).code).toBe(0);
    expect([await first.ended, second.child.exitCode]).toEqual([3, null]);
  });

  test('not where no mark says so', () => {
    const context = { restarting: { mark, names: names as never }, member: undefined };
    expect(restartComponents.desired(context, { paths: new Map() } as unknown as Observed)).toEqual([]);
  });
});
