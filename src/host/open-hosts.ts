import { KinitError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import type { Host } from './host.ts';
import { shellHost } from './shell-host.ts';
import { sshTransport } from './ssh.ts';
import { dial, type SshSession, sshSession } from './ssh-connection.ts';
import { type Endpoint, resolveEndpoint, type SshSettings } from './ssh-endpoint.ts';
import { callerRights, findElevation } from './sudo.ts';
import type { Target } from './targets.ts';

export interface OpenedHosts {
  /** In the order of the targets, without those that failed. */
  readonly hosts: readonly Host[];
  /** One per target that could not be opened. */
  readonly failures: readonly KinitError[];
}

/** Dials all targets at once, so that any number of dead ones costs one time-out; bastions are shared. */
export async function openHosts(targets: readonly Target[], settings: SshSettings): Promise<OpenedHosts> {
  const session = sshSession(settings.ask && oneAtATime(settings.ask));
  const open = { count: 0 };
  const results = await Promise.allSettled(targets.map((target) => openHost(target, settings, session, open)));
  const hosts = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [asKinitError(result.reason)] : []));
  if (hosts.length === 0) await endBastions(session);
  return { hosts, failures };
}

async function openHost(
  target: Target,
  settings: SshSettings,
  session: SshSession,
  open: { count: number },
): Promise<Host> {
  const endpoint = await resolveEndpoint(target, settings);
  const transport = sshTransport(endpoint.name, () => dial(endpoint, session));
  const asCaller = endpoint.user === 'root' || settings.sudo === false;
  try {
    const password = () => sudoPassword(target, settings, endpoint, session);
    const elevation = asCaller ? callerRights : await findElevation(transport, { host: endpoint.name, password });
    if (asCaller) await transport.ready();
    transport.elevate(elevation);
    open.count += 1;
    let closed = false;
    const close = async (): Promise<void> => {
      if (closed) return;
      closed = true;
      await transport.close();
      open.count -= 1;
      if (open.count === 0) await endBastions(session);
    };
    return shellHost({ ...transport, close }, { name: endpoint.name, local: false, elevation });
  } catch (error) {
    await transport.close();
    throw error;
  }
}

/** The one that was given, else the one that opened the login, else what a person answers, asked once. */
async function sudoPassword(
  target: Target,
  settings: SshSettings,
  endpoint: Endpoint,
  { answers }: SshSession,
): Promise<Secret | undefined> {
  const given = target.sudoPassword ?? settings.sudoPassword ?? endpoint.password;
  if (given !== undefined || !answers.ask) return given;
  const topic = `sudo password of ${endpoint.user}`;
  const answer = answers.given.get(topic) ?? answers.ask(`Password of ${endpoint.user} for sudo: `);
  answers.given.set(topic, answer);
  return answer;
}

async function endBastions({ bastions }: SshSession): Promise<void> {
  for (const bastion of bastions.values()) (await bastion.catch(() => undefined))?.end();
}

/** Questions of many hosts come one after another. */
function oneAtATime(
  ask: (question: string) => Promise<Secret | undefined>,
): (question: string) => Promise<Secret | undefined> {
  let last: Promise<unknown> = Promise.resolve();
  return (question) => {
    const answer = last.then(() => ask(question));
    last = answer.catch(() => undefined);
    return answer;
  };
}

function asKinitError(reason: unknown): KinitError {
  if (reason instanceof KinitError) return reason;
  throw reason;
}
