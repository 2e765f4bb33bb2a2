import type { Duplex } from 'node:stream';
import type { AuthenticationType, AuthHandlerMiddleware, Client } from 'ssh2';
import { defined } from '../../defined.ts';
import { KinitError } from '../../errors.ts';
import { callerRights } from '../shell/sudo.ts';
import { type Slots, slots } from '../slots.ts';
import { tcpStream } from '../tcp.ts';
import type { SshEndpoint } from './endpoint.ts';
import { closedByServer, dialFailure, loginFailure } from './failure.ts';
import { type HostKeyCheck, hostKeyCheck } from './host-key.ts';
import type { KnownHost } from './known-hosts.ts';
import { type Answers, askForMore, type Login, loginOf } from './login.ts';
import { boundSteps, type Steps } from './steps.ts';
import { openStream } from './stream.ts';

/** One TCP connection with a finished login. */
export interface SshConnection {
  readonly client: Client;
  readonly alive: () => boolean;
  readonly end: () => void;
}

/** What the connections of one run share. */
export interface SshSession {
  readonly answers: Answers;
  readonly accepted: KnownHost[];
  /** Bastions by the whole way to them: one connection each, however many hosts are behind. */
  readonly bastions: Map<string, Promise<SshConnection>>;
  /** Places to dial in. */
  readonly dialling: Slots;
  /** Hosts that are open: the last one to close ends the bastions. */
  readonly open: Set<object>;
  /** One of each host that is being dialled: ends that. */
  readonly dials: Set<AbortController>;
}

/** Hosts of one run that are dialled at once: their key exchanges share our processor. */
const dialsAtOnce = 128;

/** What connections of one run share: nothing asked, accepted or opened yet. */
export function sshSession(ask: Answers['ask']): SshSession {
  return {
    answers: { ask: ask && oneAtATime(ask), given: new Map() },
    accepted: [],
    bastions: new Map(),
    dialling: slots(dialsAtOnce),
    open: new Set(),
    dials: new Set(),
  };
}

/** Questions of many hosts come one after another. */
function oneAtATime(ask: NonNullable<Answers['ask']>): NonNullable<Answers['ask']> {
  let last: Promise<unknown> = Promise.resolve();
  return (question) => {
    const answer = last.then(() => ask(question));
    last = answer.catch(() => undefined);
    return answer;
  };
}

/**
 * Connects and logs in; asks for passphrases and passwords once the rest has failed. Throws KinitError, also where the dials of
 * the session are abandoned.
 */
export async function dial(endpoint: SshEndpoint, session: SshSession): Promise<SshConnection> {
  const over = new AbortController();
  session.dials.add(over);
  try {
    for (;;) {
      const login = await loginOf(endpoint, session.answers);
      const check = await hostKeyCheck(endpoint, session.accepted);
      const sock = await socketTo(endpoint, session, over.signal);
      const attempt = await tryLogin(endpoint, sock, login, check, over.signal);
      if ('client' in attempt) return attempt;
      if (!(await askForMore(endpoint, login, attempt.offered, session.answers))) {
        throw loginFailure(endpoint, attempt.tried, attempt.offered, login);
      }
    }
  } catch (error) {
    throw dialFailure(error, endpoint);
  } finally {
    session.dials.delete(over);
  }
}

/** Lets go of all that is still being dialled: nobody waits for it any more. What is open stays so. */
export function abandonDials({ dials }: SshSession): void {
  for (const one of dials) one.abort(new KinitError('nobody waits for its answer any more'));
}

const keepalive = { keepaliveInterval: 10_000, keepaliveCountMax: 3 };

async function socketTo(endpoint: SshEndpoint, session: SshSession, signal: AbortSignal): Promise<Duplex> {
  const { address, port, jump, connectTimeout } = endpoint;
  if (!jump) return tcpStream(address, port, { limit: connectTimeout, signal });
  const bastion = await bastionOf(jump, session).catch((cause: KinitError) => {
    const { exitCode, hint } = cause;
    const context = { host: endpoint.name, exitCode, cause, ...defined({ hint }) };
    throw new KinitError(`the bastion ${jump.name} cannot be used: ${cause.message}`, context);
  });
  return openStream(bastion.client, { host: address, port }, callerRights, { limit: connectTimeout, signal });
}

/** The connection to a bastion; all who come while it is being dialled or open share it. */
async function bastionOf(endpoint: SshEndpoint, session: SshSession): Promise<SshConnection> {
  const { bastions } = session;
  const way = wayTo(endpoint);
  const known = bastions.get(way);
  if (known !== undefined) {
    const connection = await known;
    if (connection.alive()) return connection;
    if (bastions.get(way) === known) bastions.delete(way);
    return bastionOf(endpoint, session);
  }
  const dialled = dial(endpoint, session);
  bastions.set(way, dialled);
  const forget = (): void => {
    if (bastions.get(way) === dialled) bastions.delete(way);
  };
  dialled.then(({ client }) => client.once('close', forget), forget);
  return dialled;
}

/**
 * Which machine it is, a private address being another one behind another bastion, and who is let in and trusted how: two
 * names for one machine, of which one trusts nobody, are two connections.
 */
function wayTo({ name: _, account: __, connectTimeout: ___, jump, ...rest }: SshEndpoint): string {
  return JSON.stringify([rest, jump === undefined ? '' : wayTo(jump)]);
}

type Attempt = SshConnection | { readonly tried: readonly string[]; readonly offered: readonly string[] };

async function tryLogin(
  endpoint: SshEndpoint,
  sock: Duplex,
  login: Login,
  check: HostKeyCheck,
  signal: AbortSignal,
): Promise<Attempt> {
  const { NodeSSH } = await import('node-ssh');
  const ssh = new NodeSSH();
  const tried: string[] = [];
  let offered: readonly AuthenticationType[] = [];
  const heard = { handshake: false, banner: '' };
  const queue = [...login.methods];
  const authHandler = (left: AuthenticationType[] | null): ReturnType<AuthHandlerMiddleware> | object | false => {
    offered = left ?? offered;
    steps?.begin('login');
    for (let next = queue.shift(); next; next = queue.shift()) {
      const wire = next.auth.type === 'agent' ? 'publickey' : next.auth.type;
      if (left && !left.includes(wire)) continue;
      if (next.label !== undefined) tried.push(next.label);
      return next.auth;
    }
    return false;
  };
  let steps: Steps | undefined;
  try {
    const connecting = ssh.connect({
      username: endpoint.user,
      sock: sock as never,
      hostVerifier: check.verify,
      algorithms: { serverHostKey: [...check.algorithms] },
      authHandler: authHandler as AuthHandlerMiddleware,
      // Every step has its own.
      readyTimeout: 0,
      ...keepalive,
    });
    connecting.catch(() => undefined);
    const { connection: client } = ssh;
    if (!client) throw new Error('connection lost before handshake');
    client.on('error', () => undefined);
    client.once('handshake', () => {
      heard.handshake = true;
    });
    client.on('banner', (words) => {
      heard.banner = words;
    });
    steps = boundSteps(sock, client, endpoint, signal);
    await Promise.race([connecting, steps.failed]);
    await check.remember();
    return opened(client, sock);
  } catch (error) {
    sock.destroy();
    const refusal = check.refusal();
    if (refusal) throw refusal;
    if (isLoginRefused(error)) return { tried, offered };
    if (wasClosed(error)) throw closedByServer(endpoint, heard);
    throw error;
  } finally {
    steps?.done();
  }
}

/** Milliseconds that a server has to take leave of us. */
const farewell = 1000;

function opened(client: Client, sock: Duplex): SshConnection {
  let isOver = false;
  client.once('close', () => {
    isOver = true;
  });
  return {
    client,
    alive: () => !isOver && !sock.destroyed,
    end: () => {
      isOver = true;
      client.end();
      setTimeout(() => sock.destroy(), farewell).unref();
    },
  };
}

function isLoginRefused(error: unknown): boolean {
  const { level, message } = error as { level?: string; message: string };
  return level === 'client-authentication' || level === 'agent' || /too many authentication failures/i.test(message);
}

/** node-ssh's words, under the code of a timeout, for a connection that the server has closed. */
function wasClosed(error: unknown): boolean {
  return (error as Error).message === 'No response from server';
}
