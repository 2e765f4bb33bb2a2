import { randomBytes } from 'node:crypto';
import { KinitError } from '../../errors.ts';
import type { Secret } from '../../secret.ts';
import type { ExecResult, Transport } from '../transport.ts';
import { giveShell, noShell } from './login-shell.ts';

/**
 * How a command line becomes root's. Every one begins with `timeout`, as the two that find out: a sudo that asks for the
 * password of one program and not of another would leave it on standard input, for a shell to run or a socket to get.
 */
export interface Elevation {
  /** Put before the command, with its trailing space. */
  readonly command: string;
  /** The first line of its standard input. */
  readonly password?: Secret;
}

export const callerRights: Elevation = { command: '' };

export interface SudoSettings {
  readonly host: string;
  /** The password, asked for only when sudo wants one. */
  readonly password?: () => Promise<Secret | undefined>;
}

/**
 * How commands on this machine become root: not at all for root, `sudo -n` where no password is wanted, else with the
 * password where sudo says in its own words that it wants one. The password is tried once here: by then it is known that
 * sudo, and nothing else, takes it. Throws KinitError.
 */
export async function findElevation(transport: Transport, { host, password }: SudoSettings): Promise<Elevation> {
  const mark = `kinit-${randomBytes(8).toString('hex')}`;
  const probe = await ask(transport, host, probeCommand(mark));
  const [, state, words = ''] = new RegExp(`^${mark} (\\w+) ?(\\S*)$`, 'm').exec(probe.stdout.toString('latin1')) ?? [];
  switch (state) {
    case 'root':
      return callerRights;
    case 'missing':
      throw new KinitError('the user is not root and there is no sudo', {
        host,
        hint: 'connect as root (--ssh-user root) or install sudo',
      });
    case 'sudo': {
      const answer = Buffer.from(words, 'base64').toString('utf8').trim();
      if (answer.includes(`${mark}-free`)) return { command: `${asRoot} -n ` };
      if (!wantsPassword.test(answer)) throw refused(answer, host);
      return withPassword(transport, host, mark, await password?.());
    }
    default:
      throw (
        noShell(probe, host) ??
        new KinitError(`the host's shell fails: ${probe.stderr.toString('utf8').trim()}`, { host, hint: giveShell })
      );
  }
}

/**
 * Through env, since a login shell may have a function or an alias of that name, which would get the password; -u, since
 * sudoers may name another user as the usual one (runas_default).
 */
const asRoot = 'env LC_ALL=C sudo -u root';

/** What `sudo -n` says, and sudo-rs. */
const wantsPassword = /a password is required|interactive authentication is required/i;

async function withPassword(
  transport: Transport,
  host: string,
  mark: string,
  password: Secret | undefined,
): Promise<Elevation> {
  if (password === undefined) {
    throw new KinitError('sudo asks for a password', {
      host,
      hint: 'give it with --sudo-password-stdin, or allow the user sudo without one (NOPASSWD)',
    });
  }
  const elevation: Elevation = { command: `${asRoot} -k -S -p '' `, password };
  const trial = await ask(
    transport,
    host,
    `${elevation.command}${trialCommand(mark)}`,
    Buffer.from(`${password.reveal()}\n`),
  );
  const answer = trial.stdout.toString('latin1');
  if (answer.includes(`${mark}-taken`)) return elevation;
  if (answer.includes(`${mark}-left`)) {
    throw new KinitError('sudo says that it wants a password, and then does not read it', {
      host,
      hint: 'look at its rules for this user with: sudo -l. The password was given to no other program',
    });
  }
  throw refused(trial.stderr.toString('utf8').trim(), host);
}

/** Reads what sudo has left of its input, which is nothing where it took the password, and shows none of it. */
function trialCommand(mark: string): string {
  const script = `if IFS= read -r rest || [ -n "$rest" ]; then echo ${mark}-left; else echo ${mark}-taken; fi`;
  return `timeout 20 sh -c '${script}'`;
}

/** One line that every login shell reads alike: see scriptLine. sudo's words travel as base64. */
function probeCommand(mark: string): string {
  const trial = `LC_ALL=C sudo -u root -k -n timeout 20 sh -c "echo ${mark}-free" 2>&1 </dev/null`;
  const known = `if [ "$(id -u)" = 0 ]; then echo ${mark} root; elif command -v sudo >/dev/null`;
  return `sh -c '${known}; then echo ${mark} sudo "$(${trial} | head -c 2000 | base64 -w0)"; else echo ${mark} missing; fi'`;
}

async function ask(transport: Transport, host: string, command: string, input?: Buffer): Promise<ExecResult> {
  const signal = AbortSignal.timeout(30_000);
  try {
    return await transport.exec(command, { input: input ? [input] : [], signal });
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new KinitError('neither the login shell nor sudo answers within 30 s', {
      host,
      hint: 'log in by hand and try: sudo -v; a start file of the shell (~/.bashrc) that waits for something holds up every command',
      cause: error,
    });
  }
}

function refused(message: string, host: string): KinitError {
  if (/not in the sudoers|not allowed/.test(message)) {
    return new KinitError('sudo does not allow this user to be root', {
      host,
      hint: 'add the user to the group wheel, or connect as root',
    });
  }
  if (/must have a tty/.test(message)) {
    return new KinitError('sudo insists on a terminal', {
      host,
      hint: 'remove "Defaults requiretty" from /etc/sudoers',
    });
  }
  if (/incorrect password|try again|no password was provided/i.test(message)) {
    return new KinitError('sudo refused the password', {
      host,
      hint: 'give the password of the SSH user (of root, where /etc/sudoers says rootpw, targetpw or runaspw), or connect as root',
    });
  }
  if (/failed to run command.*permission denied/i.test(message)) {
    return new KinitError(`sudo keeps programs from starting others: ${message}`, {
      host,
      hint: 'remove noexec for this user from /etc/sudoers',
    });
  }
  return new KinitError(`sudo failed: ${message}`, {
    host,
    hint: 'log in by hand as this user and mend what this says: sudo -u root true',
  });
}
