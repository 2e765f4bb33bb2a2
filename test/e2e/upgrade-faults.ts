import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { LabHost } from '../lab/host.ts';
import { eventually, type Kit, kinitProgram, on, ssh } from './kit.ts';

/** A run of kinit that goes on beside the test. */
export interface Running {
  /** SIGKILL, and its end. */
  kill(): Promise<void>;
  /** Its exit code, and all that it said. */
  readonly ended: Promise<{ readonly code: number | null; readonly text: string }>;
}

/** Begins kinit at the workstation, on the file of the story. */
export function begin(k: Kit, ...argv: readonly string[]): Running {
  const own = [process.execPath, kinitProgram, ...argv, '--config', join(k.folder, 'cluster.yaml'), ...ssh(k)];
  const [program = '', ...rest] = k.lab.atWorkstation(own);
  const env = { ...process.env, HOME: k.folder, SSH_AUTH_SOCK: '', XDG_STATE_HOME: k.folder };
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'], cwd: k.folder, env });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (some: Buffer) => void said.push(some));
  const ended = once(child, 'close').then(([code]) => {
    return { code: code as number | null, text: Buffer.concat(said).toString('utf8') };
  });
  return {
    ended,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** A step of an upgrade, as it is seen from outside. */
export interface StepSeen {
  readonly step: string;
  readonly isThere: () => Promise<boolean>;
}

/** Runs kinit again and again, and kills it each time as soon as the next step is there. */
export async function killedAtEach(k: Kit, steps: readonly StepSeen[], ...argv: readonly string[]): Promise<void> {
  for (const { step, isThere } of steps) {
    const run = begin(k, ...argv);
    let over: Awaited<Running['ended']> | undefined;
    run.ended.then((end) => (over = end));
    try {
      await eventually(step, 400_000, async () => over !== undefined || (await isThere()) || undefined);
    } catch (error) {
      await run.kill();
      throw error;
    }
    if (over !== undefined) throw new Error(`kinit ended before ${step}: ${over.code}\n${over.text}`);
    await run.kill();
  }
}

/** Whether a command succeeds on a host. */
export async function holds(host: LabHost, script: string): Promise<boolean> {
  return (await host.run(['sh', '-c', script])).code === 0;
}

/** Holds where a kubelet runs, of the program that is installed: the kernel tells of one that was replaced as `(deleted)`. */
export const runsWhatIsInstalled =
  'test "$(readlink /proc/"$(systemctl show -p MainPID --value kubelet)"/exe)" = /usr/bin/kubelet';

/** Does it while the place of kinit's records on the host has no room left. */
export async function onFullDisk<T>(host: LabHost, does: () => Promise<T>): Promise<T> {
  const fill =
    'mount -t tmpfs -o size=64k tmpfs /var/lib/kinit && ! head -c 1M /dev/zero >/var/lib/kinit/filler 2>/dev/null';
  await on(host, 'sh', '-c', fill);
  try {
    return await does();
  } finally {
    await on(host, 'umount', '/var/lib/kinit');
  }
}

/** A pod on each worker that its budget lets nobody evict; returns what takes all away. */
export async function unevictable(k: Kit): Promise<() => Promise<void>> {
  const names = ['deployment/stubborn', 'poddisruptionbudget/stubborn'];
  await k.kubectl('create', '-f', join(import.meta.dirname, 'manifests', 'stubborn.yaml'));
  await k.kubectl('rollout', 'status', 'deployment/stubborn', '--timeout=120s');
  return async () => void (await k.kubectl('delete', ...names, '--wait=false'));
}
