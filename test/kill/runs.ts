import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type Kit, kinitProgram, ssh } from '../e2e/kit.ts';
import type { LabHost } from '../lab/host.ts';
import type { Length, Point } from './points.ts';

/** A command line of kinit at the workstation that can be run again and again. */
export interface Command {
  readonly argv: readonly string[];
  /** Whether it knows `-o json`. */
  readonly tells: boolean;
}

export interface Ended {
  /** Undefined where it was killed. */
  readonly code: number | undefined;
  readonly length: Length;
  /** It still ran when it was to be ended, after a power cut when its host was gone; it may have ended well all the same. */
  readonly isHit: boolean;
  /** What it changed, as far as it tells: a phase with the number of its changes each. */
  readonly changes: readonly string[];
  readonly stderr: string;
  readonly result: string;
}

/** A run that tells of less than this is cut by its time. */
const fewest = 10;

/** Seconds after which a run, or a run that has lost its host, counts as one that never ends; busy machines are slow. */
const patience = 1800;

/** Runs a command to its end. Throws where it has none. */
export const whole = (kit: Kit, command: Command): Promise<Ended> => runUntil(kit, command, {});

/** Runs a command that is ended at a point; after a power cut, the host is switched on again at once. */
export async function interrupted(
  kit: Kit,
  command: Command,
  point: Point,
  length: Length,
  victim: LabHost,
): Promise<Ended> {
  const isOfEvents = point.of === 'events' && length.events >= fewest;
  return runUntil(kit, command, {
    ...(isOfEvents ? { events: Math.floor(point.part * length.events) } : { ms: point.part * length.ms }),
    async end(kill, hit) {
      if (point.ending === 'SIGKILL') return kill();
      await victim.kill();
      hit();
      await victim.start();
    },
  });
}

interface Limit {
  readonly ms?: number;
  readonly events?: number;
  readonly end?: (kill: () => void, hit: () => void) => Promise<void>;
}

async function runUntil(kit: Kit, { argv, tells }: Command, { ms, events, end }: Limit): Promise<Ended> {
  const all = [process.execPath, kinitProgram, ...argv, ...ssh(kit), ...(tells ? ['-o', 'json'] : [])];
  const [program = '', ...rest] = kit.lab.atWorkstation(all);
  const started = performance.now();
  const child = spawn(program, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, HOME: kit.folder, SSH_AUTH_SOCK: '', XDG_STATE_HOME: kit.folder },
  });
  const closed = once(child, 'close');
  const kill = () => void child.kill('SIGKILL');
  const seen = { events: 0, isHit: false, changes: [] as string[], result: '', stderr: '' };
  let ending: Promise<void> | undefined;
  const hit = () => (seen.isHit ||= child.exitCode === null);
  const endNow = () => {
    if (child.exitCode === null) ending ??= end?.(kill, hit);
  };
  createInterface(child.stdout).on('line', (line) => {
    if (!tells || line.startsWith('{"time"') === false) return;
    const event = JSON.parse(line) as { type: string; host?: string; phase?: string; changes?: number };
    if (event.type === 'result') seen.result = line;
    else if (seen.events++ === events) endNow();
    if (event.changes) seen.changes.push(`${event.host} ${event.phase} ${event.changes}`);
  });
  child.stderr.on('data', (chunk: Buffer) => (seen.stderr += chunk));
  if (events === 0) endNow();
  const timers = [setTimeout(kill, patience * 1000), ...(ms === undefined ? [] : [setTimeout(endNow, ms)])];
  const [code, signal] = (await closed) as [number | null, string | null];
  const took = performance.now() - started;
  timers.forEach(clearTimeout);
  await ending;
  if (signal !== null && took > patience * 1000) throw new Error(`kinit ${argv.join(' ')} does not end`);
  const { changes, result, stderr } = seen;
  const isHit = seen.isHit || (signal === 'SIGKILL' && ending !== undefined);
  return { code: code ?? undefined, length: { ms: took, events: seen.events }, isHit, changes, result, stderr };
}
