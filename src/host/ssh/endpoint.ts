import { exitCodes, KinitError } from '../../errors.ts';
import type { Secret } from '../../secret.ts';
import { ownUser } from '../own-user.ts';
import { parseTarget, type SshTarget } from '../targets.ts';
import { connectTimeout } from '../tcp.ts';
import { readSshConfig } from './config.ts';
import { readMatching } from './files.ts';
import { allowedHostKeyAlgorithms, type HostKeyAlgorithm, knownHostName } from './known-hosts.ts';

/** What holds for every target that does not say otherwise: flags, or the inventory's defaults. */
export interface SshSettings {
  readonly user?: string;
  readonly port?: number;
  /** Milliseconds that a host has to take the connection and to begin to speak; over ssh's own configuration. */
  readonly connectTimeout?: number;
  /** The same where nobody has said anything. */
  readonly usualConnectTimeout?: number;
  readonly identityFiles?: readonly string[];
  /** `[user@]host[:port]`, several between commas, the nearest first; `none` overrides ssh's own configuration. */
  readonly bastion?: string;
  readonly knownHostsFiles?: readonly string[];
  readonly acceptNewHostKeys?: boolean;
  readonly password?: Secret;
  readonly sudoPassword?: Secret;
  /** False: commands run with the rights of the SSH user. */
  readonly sudo?: boolean;
  /** False: the agent's keys are not tried. */
  readonly agent?: boolean;
  /** Asks the person at the terminal; undefined when there is none. */
  readonly ask?: (question: string) => Promise<Secret | undefined>;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Of whoever runs kinit: where .ssh is. */
  readonly home: string;
  /** ssh's configuration files in order of precedence; the user's and the system's when left out. */
  readonly configFiles?: readonly string[];
}

/** A machine behind SSH with everything that reaching it takes. */
export interface SshEndpoint {
  /** As reports name it: `root@10.0.0.12`. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** Milliseconds. */
  readonly connectTimeout: number;
  readonly user: string;
  /**
   * Whose password it is: `root` for all hosts, `root@bastion` for one bastion and the way to it, so that none learns
   * another's.
   */
  readonly account: string;
  readonly identityFiles: readonly string[];
  /** Whether a key file that cannot be used is an error: the user named it for kinit. */
  readonly identitiesRequired: boolean;
  /** Whether the agent's keys are tried only where they are those of the identity files. */
  readonly identitiesOnly: boolean;
  /** Named in ssh's configuration; kinit cannot show them. */
  readonly certificateFiles: readonly string[];
  /** The agent's socket. */
  readonly agent: string | undefined;
  readonly password: Secret | undefined;
  readonly hostKey: {
    /** The name in known_hosts. */
    readonly name: string;
    /** The name without the port, which also stands for it where the other is not there. */
    readonly plainName: string | undefined;
    readonly files: readonly string[];
    /** Files whose `@revoked` lines hold, though they trust nobody here: those of the whole system. */
    readonly revokingFiles: readonly string[];
    /** The one that takes new keys. */
    readonly newKeysTo: string | undefined;
    /** In order of preference. */
    readonly algorithms: readonly HostKeyAlgorithm[];
    /** A file with keys that are refused, whatever else says about them. */
    readonly revokedKeysFile: string | undefined;
    readonly acceptNew: boolean;
    /** `SHA256:...`: one of these and no other. */
    readonly fingerprints: readonly string[];
  };
  /** The machine it is reached through. */
  readonly jump: SshEndpoint | undefined;
}

/** A target as flags, inventory and ssh's own configuration have it, in this order. Throws KinitError. */
export function resolveEndpoint(target: SshTarget, settings: SshSettings): Promise<SshEndpoint> {
  return resolve(target, settings, 0);
}

async function resolve(target: SshTarget, settings: SshSettings, depth: number): Promise<SshEndpoint> {
  const { home, environment = {} } = settings;
  const localUser = ownUser(environment).name;
  const givenUser = target.user ?? settings.user;
  const config = await readSshConfig({
    host: target.address,
    user: givenUser,
    localUser,
    home,
    files: settings.configFiles ?? [`${home}/.ssh/config`, '/etc/ssh/ssh_config'],
    read: readMatching,
    includeFolder: (file) => (file.startsWith(`${home}/`) ? `${home}/.ssh` : '/etc/ssh'),
  });
  const address = config.hostName?.replaceAll('%h', target.address) ?? target.address;
  const port = target.port ?? settings.port ?? config.port ?? 22;
  const user = givenUser ?? config.user ?? localUser;
  const tokens: Readonly<Record<string, string>> = {
    '%': '%',
    d: home,
    h: address,
    n: target.address,
    p: `${port}`,
    r: user,
    u: localUser,
  };
  const expand = (path: string): string =>
    path
      .replace(/^~(?=\/)/, home)
      .replace(/\$\{(\w+)\}/g, (_, name: string) => environment[name] ?? '')
      .replace(/%([%dhnpru])/g, (_, token: string) => tokens[token] ?? '');
  const namedFiles = target.identityFiles ?? settings.identityFiles;
  const usual = config.identityFiles.length > 0 || config.noIdentityFiles ? config.identityFiles : defaultIdentityFiles;
  const identityFiles = namedFiles ?? usual;
  const userFiles = (settings.knownHostsFiles ?? config.userKnownHostsFiles ?? defaultKnownHosts).filter(
    (file) => file !== 'none',
  );
  const systemFiles = (config.globalKnownHostsFiles ?? globalKnownHosts).filter((file) => file !== 'none');
  const [globalFiles, revokingFiles] = settings.knownHostsFiles ? [[], systemFiles] : [systemFiles, []];
  const via = target.bastion ?? settings.bastion ?? config.proxyJump;
  const name =
    target.name ?? `${user}@${address.includes(':') ? `[${address}]` : address}${port === 22 ? '' : `:${port}`}`;
  if (via === undefined && config.proxyCommand !== undefined && config.proxyCommand !== 'none') {
    throw new KinitError(`ssh's configuration reaches ${target.address} with ProxyCommand, which kinit does not run`, {
      host: name,
      hint: 'use ProxyJump there, or --bastion',
    });
  }
  const agent = config.identityAgent ?? 'SSH_AUTH_SOCK';
  const jump = await resolveJump(via, settings, depth, name);
  return {
    name,
    address,
    port,
    connectTimeout:
      settings.connectTimeout ??
      (config.connectTimeout === undefined ? undefined : config.connectTimeout * 1000) ??
      settings.usualConnectTimeout ??
      connectTimeout,
    user,
    account: depth === 0 ? user : jump === undefined ? name : `${name} through ${jump.account}`,
    identityFiles: identityFiles.map(expand),
    identitiesRequired: namedFiles !== undefined,
    identitiesOnly: config.identitiesOnly,
    certificateFiles: (config.certificateFiles ?? []).map(expand),
    agent: settings.agent === false ? undefined : agentSocket(agent, expand, environment),
    password: target.password ?? settings.password,
    hostKey: {
      name: knownHostName(config.hostKeyAlias ?? address, config.hostKeyAlias ? 22 : port),
      plainName: config.hostKeyAlias === undefined && port !== 22 ? knownHostName(address, 22) : undefined,
      files: [...userFiles, ...globalFiles].map(expand),
      revokingFiles: revokingFiles.map(expand),
      newKeysTo: userFiles.map(expand)[0],
      algorithms: hostKeyAlgorithms(config.hostKeyAlgorithms, name),
      revokedKeysFile:
        config.revokedHostKeys === undefined || config.revokedHostKeys === 'none'
          ? undefined
          : expand(config.revokedHostKeys),
      acceptNew: settings.acceptNewHostKeys ?? ['accept-new', 'no', 'off'].includes(config.strictHostKeyChecking ?? ''),
      fingerprints: target.fingerprints ?? [],
    },
    jump,
  };
}

/** Those that a configuration allows. Throws KinitError where kinit has none of them. */
function hostKeyAlgorithms(wish: string | undefined, host: string): readonly HostKeyAlgorithm[] {
  const allowed = allowedHostKeyAlgorithms(wish);
  if (allowed.length > 0) return allowed;
  throw new KinitError(`ssh's configuration allows no host key algorithm that kinit has: HostKeyAlgorithms ${wish}`, {
    host,
    exitCode: exitCodes.badInput,
    hint: 'add one of ssh-ed25519, ecdsa-sha2-nistp256 and rsa-sha2-512 there',
  });
}

/** ssh's own (ssh_config(5), UserKnownHostsFile and GlobalKnownHostsFile). */
const defaultKnownHosts = ['~/.ssh/known_hosts', '~/.ssh/known_hosts2'];
const globalKnownHosts = ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'];

/** ssh's own (ssh_config(5), IdentityFile). */
const defaultIdentityFiles = ['~/.ssh/id_rsa', '~/.ssh/id_ecdsa', '~/.ssh/id_ed25519'];

function agentSocket(
  value: string,
  expand: (path: string) => string,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (value.toLowerCase() === 'none') return undefined;
  if (value === 'SSH_AUTH_SOCK') return environment['SSH_AUTH_SOCK'] || undefined;
  return value.startsWith('$') && !value.startsWith('${') ? environment[value.slice(1)] : expand(value);
}

const mostHops = 8;

/** The last of several bastions is the nearest to the host; it is reached through those before it. */
async function resolveJump(
  via: string | undefined,
  settings: SshSettings,
  depth: number,
  host: string,
): Promise<SshEndpoint | undefined> {
  if (via === undefined || via.toLowerCase() === 'none') return undefined;
  if (depth > mostHops) {
    const hint = 'look at ProxyJump in ~/.ssh/config: a `Host *` also stands for the bastion itself';
    throw new KinitError(`the bastions lead in a circle, or are more than ${mostHops}`, { host, hint });
  }
  const hops = via.split(',').map((hop) => hop.trim());
  const last = hops.pop() ?? '';
  const { user: _user, port: _port, bastion: _bastion, password: _password, sudoPassword: _sudo, ...rest } = settings;
  const before = hops.length > 0 ? { bastion: hops.join(',') } : {};
  return resolve({ ...parseTarget(last.replace(/^ssh:\/\//, ''), '--bastion'), ...before }, rest, depth + 1);
}
