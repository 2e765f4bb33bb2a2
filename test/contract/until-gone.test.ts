import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { untilEtcdIsGone, untilPodsAreGone } from '../../src/phases/etcd-restore/until-gone.ts';

let proc: string;

beforeEach(() => {
  proc = mkdtempSync(join(tmpdir(), 'kinit-gone-'));
  // One that went between being listed and being read.
  mkdirSync(join(proc, '7'));
  symlinkSync('nowhere', join(proc, '7', 'cmdline'));
});
afterEach(() => rmSync(proc, { recursive: true }));

const url = 'https://10.0.0.1:2380';

describe.each([
  ['an API server', ['kube-apiserver', '--secure-port=6443'], () => untilPodsAreGone(proc)],
  ['a member of etcd', ['etcd', `--initial-advertise-peer-urls=${url}`], () => untilEtcdIsGone(url, proc)],
])('%s is waited for', (_, argv, command) => {
  test('until it has ended, though other processes go meanwhile', async () => {
    mkdirSync(join(proc, '5'));
    writeFileSync(join(proc, '5', 'cmdline'), `${argv.join('\0')}\0`);
    const [program = '', ...rest] = command();
    const waiting = spawn(program, rest, { stdio: 'ignore' });
    const ended = once(waiting, 'exit').then(([code]) => code as number | null);
    const early = await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 700, 'waits'))]);
    expect(early).toBe('waits');
    rmSync(join(proc, '5'), { recursive: true });
    expect(await ended).toBe(0);
  });
});
