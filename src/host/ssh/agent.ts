import { createConnection } from 'node:net';
import type { BaseAgent } from 'ssh2';
import { KinitError } from '../../errors.ts';

/** What an agent holds. */
export interface AgentKeys {
  /** Its socket. */
  readonly path: string;
  /** Public keys in wire form, in the agent's order. */
  readonly keys: readonly Buffer[];
  /** Names of its certificates. */
  readonly certificates: readonly string[];
}

/** Milliseconds that an agent has to say what it holds. */
const patience = 5000;

/** Bytes of a longer answer than any agent gives. */
const longest = 1024 * 1024;

/**
 * The keys of the agent at a socket, as the agent protocol asks for them (SSH_AGENTC_REQUEST_IDENTITIES). Undefined where
 * none answers. Throws KinitError where it cannot even be asked.
 */
export async function agentAt(path: string | undefined): Promise<AgentKeys | undefined> {
  if (path === undefined) return undefined;
  const answer = await identitiesAnswer(path);
  if (answer === undefined) return undefined;
  const keys: Buffer[] = [];
  const certificates: string[] = [];
  for (const { key, comment } of identities(answer)) {
    const type = stringAt(key, 0)?.toString('latin1') ?? '';
    if (/-cert-v0\d@openssh\.com$/.test(type)) certificates.push(`${comment || type} (in the agent)`);
    else keys.push(key);
  }
  return { path, keys, certificates };
}

/** The agent with these of its keys alone. */
export async function agentOf(path: string, keys: readonly Buffer[]): Promise<BaseAgent> {
  const { default: ssh2 } = await import('ssh2');
  const agent = new ssh2.OpenSSHAgent(path);
  const isWanted = (key: unknown): boolean => {
    const parsed = ssh2.utils.parseKey(key as Buffer);
    return !(parsed instanceof Error) && keys.some((one) => one.equals(parsed.getPublicSSH()));
  };
  const all = agent.getIdentities.bind(agent);
  agent.getIdentities = (told) => all((error, found) => told(error, found?.filter(isWanted)));
  return agent;
}

/** `byte 12, uint32 count` and per key `string key, string comment`, without its length in front. */
function identitiesAnswer(path: string): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ path });
    let answer = Buffer.alloc(0);
    const done = (result: Buffer | undefined): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => done(undefined), patience);
    socket.once('connect', () => socket.write(Buffer.from([0, 0, 0, 1, 11])));
    socket.on('data', (part) => {
      answer = Buffer.concat([answer, part]);
      const size = answer.length < 4 ? longest : answer.readUInt32BE(0);
      if (answer.length > longest || (answer.length >= 4 && size > longest)) done(undefined);
      else if (answer.length >= 4 + size) done(answer[4] === 12 ? answer.subarray(5, 4 + size) : undefined);
    });
    socket.once('close', () => done(undefined));
    socket.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'EMFILE' && cause.code !== 'ENFILE') return done(undefined);
      clearTimeout(timer);
      reject(
        new KinitError('the agent cannot be asked: too many files are open', {
          cause,
          hint: 'raise their limit (ulimit -n)',
        }),
      );
    });
  });
}

function* identities(answer: Buffer): Generator<{ readonly key: Buffer; readonly comment: string }> {
  for (let at = 4; at < answer.length; ) {
    const key = stringAt(answer, at);
    if (key === undefined) return;
    const comment = stringAt(answer, at + 4 + key.length);
    if (comment === undefined) return;
    yield { key, comment: comment.toString('utf8') };
    at += 8 + key.length + comment.length;
  }
}

/** The string of RFC 4251, 5, that begins there. */
function stringAt(buffer: Buffer, at: number): Buffer | undefined {
  if (at + 4 > buffer.length) return undefined;
  const end = at + 4 + buffer.readUInt32BE(at);
  return end > buffer.length ? undefined : buffer.subarray(at + 4, end);
}
