import { KinitError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import type { ExecResult, Transport } from './transport.ts';

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
 * password, which is tried once here so that a wrong one never eats a script. Throws KinitError.
 */
export async function findElevation(transport: Transport, { host, password }: SudoSettings): Promise<Elevation> {
  const probe = await ask(transport, host, probeCommand);
  switch (probe.stdout.toString('latin1').trim().split('\n').at(-1)) {
    case 'root':
      return callerRights;
    case 'free':
      return { command: 'sudo -n ' };
    case 'missing':
      throw new KinitError('the user is not root and there is no sudo', {
        host,
        hint: 'connect as root (--ssh-user root) or install sudo',
      });
  }
  const secret = await password?.();
  if (secret === undefined) {
    throw new KinitError('sudo asks for a password', {
      host,
      hint: 'give it with --sudo-password-stdin, or allow the user sudo without one (NOPASSWD)',
    });
  }
  const elevation: Elevation = { command: `sudo -k -S -p '' `, password: secret };
  const trial = await ask(transport, host, `${elevation.command}${trialCommand}`, Buffer.from(`${secret.reveal()}\n`));
  if (trial.code === 0) return elevation;
  throw refused(trial.stderr.toString('utf8').trim(), host);
}

const trialCommand = 'timeout 20 sh -c :';

const probeCommand = `exec sh -c '
if [ "$(id -u)" = 0 ]; then echo root
elif ! command -v sudo >/dev/null; then echo missing
elif sudo -k -n ${trialCommand} 2>/dev/null; then echo free
else echo password; fi'`;

async function ask(transport: Transport, host: string, command: string, input?: Buffer): Promise<ExecResult> {
  const signal = AbortSignal.timeout(30_000);
  try {
    return await transport.exec(command, { input: input ? [input] : [], signal });
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new KinitError('sudo does not answer', { host, hint: 'log in by hand and try: sudo -v', cause: error });
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
      hint: 'give the password of the SSH user, or connect as root',
    });
  }
  return new KinitError(`sudo failed: ${message}`, { host });
}
