import { setTimeout as sleep } from 'node:timers/promises';
import { defined } from '../defined.ts';
import { KinitError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import type { Host } from './host.ts';
import { shellHost } from './shell/shell-host.ts';
import { callerRights, findElevation } from './shell/sudo.ts';
import type { Slots } from './slots.ts';
import { dial, type SshSession, sshSession } from './ssh/connection.ts';
import { resolveEndpoint, type SshEndpoint, type SshSettings } from './ssh/endpoint.ts';
import { passwordOf } from './ssh/login.ts';
import { sshTransport } from './ssh/ssh.ts';
import { type SshTarget, targetName } from './targets.ts';

export interface OpenedHosts {
  /** In the order of the targets, without those that failed. */
  readonly hosts: readonly Host[];
  /** One per target that could not be opened. */
  readonly failures: readonly KinitError[];
  /** What became of each target, in their order. */
  readonly results: readonly (Host | KinitError)[];
}

/**
 * Dials all targets at once, so that ten dead ones cost one time-out; bastions are shared, every question is asked
 * once. Calls with the same session share both among each other.
 */
export async function openHosts(
  targets: readonly SshTarget[],
  settings: SshSettings,
  session: SshSession = sshSession(settings.ask),
): Promise<OpenedHosts> {
  const results = await Promise.all(openEach(targets, settings, session));
  if (session.open.size === 0) endBastions(session);
  return {
    results,
    hosts: results.flatMap((result) => (result instanceof KinitError ? [] : [result])),
    failures: results.flatMap((result) => (result instanceof KinitError ? [result] : [])),
  };
}

/** The same, each as soon as it is open: the others need not wait for the slowest. */
export function openEach(
  targets: readonly SshTarget[],
  settings: SshSettings,
  session: SshSession = sshSession(settings.ask),
): readonly Promise<Host | KinitError>[] {
  const { dialling } = session;
  const results = targets.map((target) =>
    lent(dialling, () => openHost(target, settings, session).catch((reason: unknown) => expected(reason, target))),
  );
  void Promise.allSettled(results).then(() => {
    if (session.open.size === 0) endBastions(session);
  });
  return results;
}

/** Milliseconds after which a host that is not open yet goes on without its place: the ones behind it do not wait. */
const patience = 1000;

/** The work's result, once it had a place to begin in; it keeps the place no longer than a host that is well takes. */
async function lent<Result>(places: Slots, work: () => Promise<Result>): Promise<Result> {
  let result: Promise<Result> | undefined;
  await places(async () => {
    result = work();
    result.catch(() => undefined);
    const timer = new AbortController();
    await Promise.race([result, sleep(patience, undefined, { signal: timer.signal })]).catch(() => undefined);
    timer.abort();
  });
  return result as Promise<Result>;
}

async function openHost(target: SshTarget, settings: SshSettings, session: SshSession): Promise<Host> {
  const endpoint = await resolveEndpoint(target, settings);
  const transport = sshTransport(endpoint.name, () => dial(endpoint, session));
  const asCaller = endpoint.user === 'root' || settings.sudo === false;
  const password = (): Promise<Secret | undefined> => sudoPassword(target, settings, endpoint, session);
  session.open.add(transport);
  async function close(): Promise<void> {
    await transport.close();
    if (session.open.delete(transport) && session.open.size === 0) endBastions(session);
  }
  try {
    await transport.ready();
    const elevation = asCaller ? callerRights : await findElevation(transport, { host: endpoint.name, password });
    transport.elevate(elevation);
    return shellHost({ ...transport, close }, { name: endpoint.name, local: false, elevation });
  } catch (error) {
    await transport.close();
    session.open.delete(transport);
    throw error;
  }
}

/** The one that was given, else the one that opened the login, else what a person answers, asked once. */
async function sudoPassword(
  target: SshTarget,
  settings: SshSettings,
  endpoint: SshEndpoint,
  { answers }: SshSession,
): Promise<Secret | undefined> {
  const login = endpoint.password ?? (await answers.given.get(passwordOf(endpoint.account)));
  const given = target.sudoPassword ?? settings.sudoPassword ?? login;
  if (given !== undefined || !answers.ask) return given;
  const topic = `sudo password of ${endpoint.user}`;
  const answer = answers.given.get(topic) ?? answers.ask(`Password of ${endpoint.user} for sudo: `);
  answers.given.set(topic, answer);
  return answer;
}

/** Those that are behind others first; one that is still being dialled is not waited for. */
function endBastions({ bastions }: SshSession): void {
  const all = [...bastions.values()].reverse();
  bastions.clear();
  for (const bastion of all)
    bastion.then(
      (connection) => connection.end(),
      () => undefined,
    );
}

/** What cannot be read before the host is even dialled, or what this machine has no room for, belongs to that host alone. */
function expected(reason: unknown, target: SshTarget): KinitError {
  const host = targetName(target);
  if (!(reason instanceof KinitError)) {
    if (!isSystemError(reason)) throw reason;
    const hint = /E[MN]FILE/.test(`${reason.code} ${reason.message}`) && 'raise the limit of open files (ulimit -n)';
    const context = { host, cause: reason, ...(hint ? { hint } : {}) };
    return new KinitError(`it cannot be dialled from this machine: ${reason.message}`, context);
  }
  if (reason.host !== undefined) return reason;
  const { message, exitCode, hint } = reason;
  return new KinitError(message, { host, exitCode, cause: reason, ...defined({ hint }) });
}

function isSystemError(reason: unknown): reason is NodeJS.ErrnoException {
  const { code, errno, name } = reason as NodeJS.ErrnoException;
  return typeof errno === 'number' || name === 'SystemError' || code === 'ERR_SYSTEM_ERROR';
}
