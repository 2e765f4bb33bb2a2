import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { makeGroup, removeGroup } from './cgroups.ts';
import type { Disk } from './disk.ts';
import { enter, firstProcess } from './inside.ts';
import { sourceDir } from './places.ts';
import { run, until } from './process.ts';

export interface Power {
  readonly name: string;
  readonly group: string;
  /** Path of the network namespace. */
  readonly network: string;
  /** File that takes what the host prints while it starts. */
  readonly log: string;
}

/** Starts the host's launcher, which outlives this process. */
export function switchOn({ name, group, network, log }: Power, disk: Disk): void {
  makeGroup(group);
  const output = openSync(log, 'a');
  const launcher = ['sh', join(sourceDir, 'launch.sh'), name, disk.folder, disk.lower, network, group, ...disk.binds];
  const child = spawn('unshare', ['--mount', '--propagation', 'slave', '--', ...launcher], {
    detached: true,
    cwd: '/',
    stdio: ['ignore', output, output],
  });
  child.unref();
  closeSync(output);
}

/**
 * Waits until systemd has started everything (an answer on port 22 alone comes too early: logins hang while systemd
 * still starts) and sshd answers in the network namespace `from`. Throws after some minutes.
 */
export async function untilUp({ name, group, log }: Power, address: string, from: string): Promise<void> {
  await until(`${name} to start, see ${log}`, 300, async () => {
    if (firstProcess(group) === undefined) return undefined;
    const { stdout } = await run(enter(group, ['systemctl', 'is-system-running', '--wait']), { timeout: 300 });
    return /^(running|degraded)$/m.test(stdout) ? true : undefined;
  });
  const greeting = `exec 3<>/dev/tcp/${address}/22 && read -r -t 2 line <&3 && [[ $line = SSH-* ]]`;
  await until(`sshd of ${name}`, 150, async () => {
    const { code } = await run(['nsenter', `--net=${from}`, 'bash', '-c', greeting]);
    return code === 0 ? true : undefined;
  });
}

/** SIGRTMIN+3: systemd powers off. */
const poweroff = 37;

/** Shuts the host down in good order. */
export async function shutDown({ name, group }: Power): Promise<void> {
  const first = firstProcess(group);
  if (first === undefined) return;
  process.kill(first, poweroff);
  await until(`${name} to shut down`, 300, () => (firstProcess(group) === undefined ? true : undefined));
}

/** Ends whatever the host still runs; its first process first, which takes all others along. */
export async function switchOff({ group }: Power): Promise<void> {
  const first = firstProcess(group);
  if (first !== undefined) process.kill(first, 'SIGKILL');
  await removeGroup(group);
}
