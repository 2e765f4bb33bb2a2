import { isIPv4, isIPv6 } from 'node:net';
import { defined } from '../defined.ts';
import { InputError } from '../errors.ts';
import type { Secret } from '../secret.ts';

/** A machine that a command acts on over SSH, as a flag or the inventory names it. */
export interface SshTarget {
  /** As reports name it, where it has a name of its own. */
  readonly name?: string;
  readonly address: string;
  readonly user?: string;
  readonly port?: number;
  readonly identityFiles?: readonly string[];
  readonly bastion?: string;
  readonly fingerprints?: readonly string[];
  readonly password?: Secret;
  readonly sudoPassword?: Secret;
}

/** As reports name it before it is there. */
export function targetName({ name, user, address }: SshTarget): string {
  return name ?? (user === undefined ? address : `${user}@${address}`);
}

/** `[user@]address[:port]`, an IPv6 address in brackets where a port follows. Throws InputError naming the place. */
export function parseTarget(text: string, place = '--host'): SshTarget {
  const wrong = (message: string): never => {
    throw new InputError([{ place, message: `'${text}': ${message}` }], 'a target is written [user@]address[:port]');
  };
  const at = text.lastIndexOf('@');
  const user = at < 0 ? undefined : text.slice(0, at);
  const rest = text.slice(at + 1);
  const [, bracketed, bracketedPort] = /^\[([^\]]*)\](?::(.*))?$/.exec(rest) ?? [];
  const [, plain = '', plainPort] =
    bracketed === undefined && !isIPv6(rest) ? (/^([^:]*)(?::(.*))?$/.exec(rest) ?? []) : [];
  const address = bracketed ?? (isIPv6(rest) ? rest : plain);
  const port = bracketedPort ?? plainPort;
  if (user === '') wrong('the user before @ is missing');
  if (user !== undefined && !isUser(user)) wrong('not a user name');
  if (address === '') wrong('the address is missing');
  if (bracketed === undefined ? !isIPv6(address) && !/^[\w.-]+$/.test(address) : !isIPv6(address))
    wrong('not an address');
  if (bracketed === undefined && /^\d+(?:\.\d+){3}$/.test(address) && !isIPv4(address))
    wrong('not an address: a part of it is too large');
  if (address.startsWith('-')) wrong('an address does not start with a hyphen');
  if (port !== undefined && !isPort(port)) wrong('the port is not a number from 1 to 65535');
  return { address, ...defined({ user }), ...(port === undefined ? {} : { port: Number(port) }) };
}

/** Repeated and comma-separated values of --host. Throws InputError with everything that is wrong, doubles included. */
export function parseTargets(values: readonly string[], place = '--host'): readonly SshTarget[] {
  const problems: { place: string; message: string }[] = [];
  const targets: SshTarget[] = [];
  const seen = new Set<string>();
  for (const text of values.flatMap((value) => value.split(',')).map((value) => value.trim())) {
    try {
      const target = parseTarget(text, place);
      const where = `${target.address.toLowerCase()} ${target.port ?? ''}`;
      if (seen.has(where)) problems.push({ place, message: `'${text}': the same host twice` });
      seen.add(where);
      targets.push(target);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new InputError(problems, 'a target is written [user@]address[:port]');
  return targets;
}

/** The flags of every command that can act over SSH. */
export const targetOptions = [
  {
    flags: '--host <target>',
    description: 'act on this host over SSH: [user@]address[:port]; may be repeated or hold several between commas',
    repeatable: true,
  },
  { flags: '-i, --identity-file <file>', description: 'private key for SSH; may be repeated', repeatable: true },
  {
    flags: '--ssh-user <name>',
    description: 'user to log in as',
    repeatable: false,
    check: (text) => refuse(isUser(text), '--ssh-user', text, 'not a user name'),
  },
  {
    flags: '--ssh-port <port>',
    description: 'port of the SSH server',
    repeatable: false,
    check: (text) => refuse(isPort(text), '--ssh-port', text, 'the port is not a number from 1 to 65535'),
  },
  {
    flags: '--connect-timeout <seconds>',
    description:
      'how long a host may take to answer the connection (default: as ssh has it, else 10; 5 for what only looks)',
    repeatable: false,
    check: (text) => refuse(isSeconds(text), '--connect-timeout', text, 'not a number of seconds from 1 to 600'),
  },
  {
    flags: '--bastion <target>',
    description: 'reach the hosts through this one: [user@]address[:port]',
    repeatable: false,
    check: (text) => void parseHops(text),
  },
  {
    flags: '--known-hosts <file>',
    description: 'known hosts file to check host keys against; may be repeated',
    repeatable: true,
  },
  {
    flags: '--accept-new-host-keys',
    description: 'take the key of a host that is not known yet and remember it',
    repeatable: false,
  },
  { flags: '--sudo-password-stdin', description: 'read the password for sudo from standard input', repeatable: false },
] as const satisfies readonly TargetOption[] as readonly TargetOption[];

export interface TargetOption {
  readonly flags: string;
  readonly description: string;
  readonly repeatable: boolean;
  /** Throws InputError for a value that cannot be meant. */
  readonly check?: (text: string) => void;
}

/** The bastions of a way, the nearest first; none for `none`. Throws InputError naming the place. */
function parseHops(text: string, place = '--bastion'): readonly SshTarget[] {
  if (text.toLowerCase() === 'none') return [];
  return text.split(',').map((hop) => parseTarget(hop.trim().replace(/^ssh:\/\//, ''), place));
}

function refuse(isRight: boolean, place: string, text: string, message: string): void {
  if (!isRight) throw new InputError([{ place, message: `'${text}': ${message}` }]);
}

/** Also DOMAIN\\user and user@domain, as directories have them. */
function isUser(text: string): boolean {
  return /^[\w.\\+][\w.\\@$+-]*$/.test(text);
}

function isSeconds(text: string): boolean {
  return /^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= 600;
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65535;
}
