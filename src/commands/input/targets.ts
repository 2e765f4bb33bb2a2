import { homedir } from 'node:os';
import type { Command } from 'commander';
import { defined } from '../../defined.ts';
import { KinitError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { OpenedHosts } from '../../host/open-hosts.ts';
import type { SshSession } from '../../host/ssh/connection.ts';
import type { SshSettings } from '../../host/ssh/endpoint.ts';
import {
  parseTarget,
  parseTargets,
  type SshTarget,
  type TargetOption,
  targetName,
  targetOptions,
} from '../../host/targets.ts';
import type { Secret } from '../../secret.ts';
import type { Io } from '../io.ts';
import { ask } from './ask.ts';
import { passwordLine } from './password.ts';
import { nextLine } from './stdin-lines.ts';

/** The flags that say which machines a command acts on, as commander hands them over. */
export interface TargetFlags {
  readonly host?: readonly string[];
  readonly identityFile?: readonly string[];
  readonly sshUser?: string;
  readonly sshPort?: string;
  /** Seconds. */
  readonly connectTimeout?: string;
  readonly bastion?: string;
  readonly knownHosts?: readonly string[];
  readonly acceptNewHostKeys?: boolean;
  readonly sudoPasswordStdin?: boolean;
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/** Adds --host and the flags that go with it. */
export function addTargetOptions(command: Command): void {
  addOptions(command, targetOptions);
}

/** Adds the flags that say how hosts are reached, where a file says which. */
export function addSshOptions(command: Command): void {
  addOptions(
    command,
    targetOptions.filter(({ flags }) => !flags.startsWith('--host ')),
  );
}

function addOptions(command: Command, options: readonly TargetOption[]): void {
  for (const { flags, description, repeatable, check } of options) {
    if (repeatable) command.option(flags, description, collect);
    else if (check) command.option(flags, description, (value: string) => checked(value, check));
    else command.option(flags, description);
  }
}

function checked(value: string, check: (value: string) => void): string {
  check(value);
  return value;
}

/** The one machine that a command acts on: this one, as root, or the one behind --host. Throws KinitError. */
export async function openTarget(flags: TargetFlags, io: Io): Promise<Host> {
  if (flags.host === undefined) {
    const { localRootHost } = await import('../../host/local-host.ts');
    return localRootHost(() => sudoPassword(flags, io));
  }
  if (parseTargets(flags.host).length > 1) {
    throw new KinitError('this command acts on one host, and --host names several', { exitCode: 3 });
  }
  const { hosts, failures } = await openTargets(flags, io);
  const [host] = hosts;
  if (host === undefined) throw failures[0] ?? new Error('neither a host nor a failure');
  return host;
}

/** All machines behind --host, dialled at once. Throws InputError where --host is malformed. */
async function openTargets(flags: TargetFlags, io: Io): Promise<OpenedHosts> {
  const { openHosts } = await import('../../host/open-hosts.ts');
  return openHosts(parseTargets(flags.host ?? []), await sshSettings(flags, io), await sessionOf(io));
}

/** A machine that is being dialled. */
export interface OpeningTarget {
  readonly name: string;
  readonly opening: Promise<Host | KinitError>;
}

/** The same, each as soon as it is open. Throws InputError where --host is malformed. */
export async function openEachTarget(flags: TargetFlags, io: Io): Promise<readonly OpeningTarget[]> {
  const { openEach } = await import('../../host/open-hosts.ts');
  const targets = parseTargets(flags.host ?? []);
  const opening = openEach(targets, await sshSettings(flags, io), await sessionOf(io));
  return opening.map((one, index) => ({ name: targetName(targets[index] as SshTarget), opening: one }));
}

/** One more machine with the same SSH flags: a control plane to ask. */
export async function openOther(target: string, flags: TargetFlags, io: Io, place: string): Promise<Host> {
  const { openHosts } = await import('../../host/open-hosts.ts');
  const settings = await sshSettings(flags, io);
  const { hosts, failures } = await openHosts([parseTarget(target, place)], settings, await sessionOf(io));
  const [host] = hosts;
  if (host === undefined) throw failures[0] ?? new Error('neither a host nor a failure');
  return host;
}

/**
 * Reads the sudo password, where it comes from standard input, before anything else there is read: it is the first line.
 */
export async function readSudoPassword(flags: TargetFlags, io: Io): Promise<void> {
  if (flags.sudoPasswordStdin) await passwordFromStdin(io);
}

/** What the flags say about SSH; the sudo password is read once, from stdin, never from a flag. */
export async function sshSettings(flags: TargetFlags, io: Io): Promise<SshSettings> {
  const password = flags.sudoPasswordStdin ? await passwordFromStdin(io) : undefined;
  const question = ask(io);
  return {
    home: io.env['HOME'] ?? homedir(),
    environment: io.env,
    ...defined({ user: flags.sshUser }),
    ...(flags.sshPort === undefined ? {} : { port: Number(flags.sshPort) }),
    ...(flags.connectTimeout === undefined ? {} : { connectTimeout: Number(flags.connectTimeout) * 1000 }),
    ...defined({ identityFiles: flags.identityFile, bastion: flags.bastion, knownHostsFiles: flags.knownHosts }),
    ...(flags.acceptNewHostKeys ? { acceptNewHostKeys: true } : {}),
    ...defined({ sudoPassword: password, ask: question }),
  };
}

const sessions = new WeakMap<Io, SshSession>();

/** One for all hosts of a command: bastions are dialled and questions asked once. */
async function sessionOf(io: Io): Promise<SshSession> {
  const { sshSession } = await import('../../host/ssh/connection.ts');
  const session = sessions.get(io) ?? sshSession(ask(io));
  sessions.set(io, session);
  return session;
}

const read = new WeakMap<Io, Promise<Secret>>();

function sudoPassword(flags: TargetFlags, io: Io): Promise<Secret | undefined> {
  if (flags.sudoPasswordStdin) return passwordFromStdin(io);
  return ask(io)?.('Password for sudo: ') ?? Promise.resolve(undefined);
}

/** The first line of standard input: at a terminal it is asked for, and not shown. Throws InputError for an empty one. */
function passwordFromStdin(io: Io): Promise<Secret> {
  const known = read.get(io) ?? readPassword(io);
  read.set(io, known);
  return known;
}

async function readPassword(io: Io): Promise<Secret> {
  const typed = await ask(io)?.('Password for sudo: ');
  return passwordLine(typed?.reveal() ?? (await nextLine(io.stdin)) ?? '', '--sudo-password-stdin');
}
