import { hostname, userInfo } from 'node:os';
import { dirname } from 'node:path';
import { exitCodes, KinitError } from '../../errors.ts';
import { parseJson } from '../../json.ts';
import { oneLine } from '../../printable.ts';
import { callsOf } from '../call-id.ts';
import type { Host } from '../host.ts';
import { callsScript } from '../shell/prelude.ts';
import { isProcessGone, ownProcess } from './process-identity.ts';

/** One kinit at a time changes a host. */
export interface Lock {
  /** Gives the host free again; a lock that someone else holds by now stays. */
  readonly release: () => Promise<void>;
}

export interface LockHolder {
  /** `user@machine` that kinit runs on. */
  readonly by: string;
  /** What it is doing: `kinit init`. */
  readonly command: string;
  /** ISO 8601. */
  readonly since: string;
  /** The process that holds it, as its own machine knows it. */
  readonly process: string | undefined;
}

/** Memory that a reboot clears. */
const lockPath = '/run/kinit/lock';

/**
 * Takes the lock of a host in one round trip. A lock whose holder ran on this very machine and is gone is taken over, when
 * what that one has begun on the host is over too. Throws KinitError (exit 2) that says who holds it and since when.
 */
export async function acquireLock(host: Host, holder: LockHolder, path = lockPath): Promise<Lock> {
  const content = JSON.stringify(holder);
  const there = await tryToLock(host, content, path);
  if (there === undefined) return { release: () => removeLock(host, content, path) };
  const other = parseHolder(there);
  if (other === undefined) {
    throw new KinitError(`someone holds the lock ${path}, and who cannot be read from it`, {
      host: host.name,
      exitCode: exitCodes.preflight,
      hint: 'make sure that no kinit is at work here, then take it away: kinit unlock',
    });
  }
  if (other.process !== undefined && (await isProcessGone(other.process))) {
    await callsEnded(host, other.process);
    await removeLock(host, there, path);
    if ((await tryToLock(host, content, path)) === undefined) return { release: () => removeLock(host, content, path) };
  }
  throw new KinitError(`another kinit is at work here: ${describeHolder(other)}`, {
    host: host.name,
    exitCode: exitCodes.preflight,
    hint: 'wait for it; if it is no longer running: kinit unlock',
  });
}

/** Milliseconds: the longest commands, package managers' and uploads, may take about as long. */
const longestCall = 30 * 60_000;

/**
 * Returns when no call of a process that is gone runs on the host any more: a package manager goes on when its kinit was
 * killed, and takes from who works beside it. Throws KinitError where it does not end.
 */
async function callsEnded(host: Host, process: string): Promise<void> {
  const question = ['sh', '-c', callsScript, 'kinit-lock', callsOf(process)];
  const until = Date.now() + longestCall;
  for (;;) {
    const { commands } = await host.observe({ commands: [question] });
    const running = commands.get(question.join('\0'))?.stdout.trim() ?? '';
    if (running === '') return;
    if (Date.now() < until) continue;
    throw new KinitError(`what a kinit that is gone has begun still runs here: ${oneLine(running)}`, {
      host: host.name,
      exitCode: exitCodes.preflight,
      hint: 'look what it waits for, or end it, and run this again',
    });
  }
}

/** Does the work while nobody else changes the host. Throws what acquireLock and the work throw. */
export async function withLock<Result>(
  host: Host,
  command: string,
  work: () => Promise<Result>,
  path = lockPath,
): Promise<Result> {
  const lock = await acquireLock(host, await lockHolder(command, Date.now()), path);
  try {
    return await work();
  } finally {
    await lock.release().catch(() => undefined);
  }
}

/** The same for work that takes kinit off the host: the lock's folder goes last, unless another kinit waits in it. */
export async function withLastLock<Result>(
  host: Host,
  command: string,
  work: () => Promise<Result>,
  path = lockPath,
): Promise<Result> {
  const holder = await lockHolder(command, Date.now());
  await acquireLock(host, holder, path);
  const free = () => removeLock(host, JSON.stringify(holder), path, dirname(path)).catch(() => undefined);
  return work().finally(free);
}

/** Who this process is for others who want the lock; `now` in milliseconds since the epoch. */
export async function lockHolder(command: string, now: number): Promise<LockHolder> {
  return {
    by: `${userInfo().username}@${hostname()}`,
    command,
    since: new Date(now).toISOString(),
    process: await ownProcess(),
  };
}

/**
 * Removes the lock whoever holds it: `kinit unlock`. Returns who held it, `unreadable` where it did not say; undefined
 * when there was none. Throws KinitError where it stays.
 */
export async function breakLock(host: Host, path = lockPath): Promise<LockHolder | 'unreadable' | undefined> {
  const script = '[ -e "$1" ] || [ -h "$1" ] || exit 10; cat "$1" 2>/dev/null; rm -rf -- "$1"';
  const { code, stdout, stderr } = await host.run(['sh', '-c', script, 'kinit-lock', path]);
  if (code === 10) return undefined;
  if (code !== 0) throw new KinitError(`cannot remove the lock ${path}: ${stderr.trim()}`, { host: host.name });
  return parseHolder(stdout) ?? 'unreadable';
}

/** `root@bastion, kinit init, since 2026-11-21T02:00:00.000Z`. */
export function describeHolder({ by, command, since }: LockHolder): string {
  return `${by}, ${command}, since ${since}`;
}

/**
 * Undefined when the lock is ours now, else what its holder wrote: a link appears with all its content or not at all. What
 * those who were killed before it appeared have left is swept.
 */
async function tryToLock(host: Host, content: string, path: string): Promise<string | undefined> {
  const script = `mkdir -p "\${1%/*}" && cat >"$1.$$" || exit
for old in "$1".*; do [ -d "/proc/\${old##*.}" ] || rm -f "$old"; done
for again in 1 2 3; do
  if problem=$(ln -T "$1.$$" "$1" 2>&1); then rm -f "$1.$$"; exit 0; fi
  if [ -e "$1" ] || [ -h "$1" ]; then rm -f "$1.$$"; head -c 4096 "$1" 2>/dev/null; exit 10; fi
done
rm -f "$1.$$"; echo "$problem" >&2; exit 1`;
  const { code, stdout, stderr } = await host.run(['sh', '-c', script, 'kinit-lock', path], { stdin: content });
  if (code === 0) return undefined;
  if (code === 10) return stdout;
  throw new KinitError(`cannot lock the host: ${stderr.trim()}`, { host: host.name });
}

/** `folder`: that goes too, where nothing else is in it. */
async function removeLock(host: Host, content: string, path: string, folder = ''): Promise<void> {
  const script = '[ "$(cat)" != "$(cat "$1" 2>/dev/null)" ] || rm -f "$1"; [ -z "$2" ] || rmdir "$2" 2>/dev/null || :';
  await host.run(['sh', '-c', script, 'kinit-lock', path, folder], { stdin: content });
}

/** Undefined where it is no lock of ours: cut off, of another program, not readable. */
function parseHolder(text: string): LockHolder | undefined {
  try {
    const { by, command, since, process } = parseJson(text) as Record<string, unknown>;
    if (typeof by !== 'string' || typeof command !== 'string' || typeof since !== 'string') return undefined;
    return { by, command, since, process: typeof process === 'string' ? process : undefined };
  } catch {
    return undefined;
  }
}
