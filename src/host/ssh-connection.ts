import type { Duplex } from 'node:stream';
import type { AuthenticationType, AuthHandlerMiddleware, Client } from 'ssh2';
import { KinitError } from '../errors.ts';
import type { KnownHost } from './known-hosts.ts';
import type { Endpoint } from './ssh-endpoint.ts';
import { dialFailure, loginFailure } from './ssh-failure.ts';
import { type HostKeyCheck, hostKeyCheck } from './ssh-host-key.ts';
import { type Answers, askForMore, type Login, loginOf } from './ssh-login.ts';
import { openStream } from './ssh-stream.ts';
import { callerRights } from './sudo.ts';
import { tcpStream, timely } from './tcp.ts';

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
  /** Bastions by name: one connection each, however many hosts are behind. */
  readonly bastions: Map<string, Promise<SshConnection>>;
  /** Hosts that are open: the last one to close ends the bastions. */
  readonly open: Set<object>;
}

/** What connections of one run share: nothing asked, accepted or opened yet. */
export function sshSession(ask: Answers['ask']): SshSession {
  return {
    answers: { ask: ask && oneAtATime(ask), given: new Map() },
    accepted: [],
    bastions: new Map(),
    open: new Set(),
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

/** Connects and logs in; asks for passphrases and passwords once the rest has failed. Throws KinitError. */
export async function dial(endpoint: Endpoint, session: SshSession): Promise<SshConnection> {
  try {
    for (;;) {
      const login = await loginOf(endpoint, session.answers);
      const check = await hostKeyCheck(endpoint, session.accepted);
      const attempt = await tryLogin(endpoint, await socketTo(endpoint, session), login, check);
      if ('client' in attempt) return attempt;
      if (!(await askForMore(endpoint, login, attempt.offered, session.answers))) {
        throw loginFailure(endpoint, attempt.tried, attempt.offered, login.locked);
      }
    }
  } catch (error) {
    throw dialFailure(error, endpoint);
  }
}

/** Milliseconds for key exchange and login: generous, since a hundred of them share our processor. */
const loginTimeout = 30_000;
const keepalive = { keepaliveInterval: 10_000, keepaliveCountMax: 3 };

async function socketTo(endpoint: Endpoint, session: SshSession): Promise<Duplex> {
  const { address, port, jump } = endpoint;
  if (!jump) return tcpStream(address, port);
  const bastion = await bastionOf(jump, session).catch((cause: KinitError) => {
    const { exitCode, hint } = cause;
    const context = { host: endpoint.name, exitCode, cause, ...(hint === undefined ? {} : { hint }) };
    throw new KinitError(`the bastion ${jump.name} cannot be used: ${cause.message}`, context);
  });
  return timely(openStream(bastion.client, { host: address, port }, callerRights));
}

/** The connection to a bastion; all who come while it is being dialled or open share it. */
function bastionOf(endpoint: Endpoint, session: SshSession): Promise<SshConnection> {
  const { bastions } = session;
  const known = bastions.get(endpoint.name);
  if (known) return known;
  const dialled = dial(endpoint, session);
  bastions.set(endpoint.name, dialled);
  const forget = (): unknown => bastions.delete(endpoint.name);
  dialled.then(({ client }) => client.once('close', forget), forget);
  return dialled;
}

type Attempt = SshConnection | { readonly tried: readonly string[]; readonly offered: readonly string[] };

async function tryLogin(endpoint: Endpoint, sock: Duplex, login: Login, check: HostKeyCheck): Promise<Attempt> {
  const { NodeSSH } = await import('node-ssh');
  const ssh = new NodeSSH();
  const tried: string[] = [];
  let offered: readonly AuthenticationType[] = [];
  const queue = [...login.methods];
  const authHandler = (left: AuthenticationType[] | null): ReturnType<AuthHandlerMiddleware> | object | false => {
    offered = left ?? offered;
    for (let next = queue.shift(); next; next = queue.shift()) {
      const wire = next.auth.type === 'agent' ? 'publickey' : next.auth.type;
      if (left && !left.includes(wire)) continue;
      if (next.label !== undefined) tried.push(next.label);
      return next.auth;
    }
    return false;
  };
  try {
    await ssh.connect({
      username: endpoint.user,
      sock: sock as never,
      hostVerifier: check.verify,
      algorithms: { serverHostKey: [...check.algorithms] },
      authHandler: authHandler as AuthHandlerMiddleware,
      readyTimeout: loginTimeout,
      ...keepalive,
    });
  } catch (error) {
    sock.destroy();
    const refusal = check.refusal();
    if (refusal) throw refusal;
    if (isLoginRefused(error)) return { tried, offered };
    throw error;
  }
  const client = ssh.connection;
  if (!client) throw new Error('connection lost before handshake');
  client.on('error', () => undefined);
  await check.remember();
  return { client, alive: () => ssh.connection !== null && !sock.destroyed, end: () => client.end() };
}

function isLoginRefused(error: unknown): boolean {
  const { level, message } = error as { level?: string; message: string };
  return level === 'client-authentication' || level === 'agent' || /too many authentication failures/i.test(message);
}
