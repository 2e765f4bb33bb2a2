import { KinitError } from '../../errors.ts';
import type { ExecResult } from '../transport.ts';

/**
 * Why a machine that took the login does not run commands, in its own words: no shell to log in with, or something else
 * in its place. Undefined where the answer does not look like that.
 */
export function noShell({ code, stdout, stderr }: ExecResult, host: string): KinitError | undefined {
  const printed = shown(stdout);
  const said = printed || shown(stderr);
  const missing = /^(?:exec: )?(\/\S+): (?:No such file or directory|Permission denied|not found)$/.exec(shown(stderr));
  if (printed === '' && missing) {
    return new KinitError(`the login shell ${missing[1]} cannot be started: ${said}`, { host, hint: giveShell });
  }
  if (/account is (currently )?not available|nologin/i.test(said)) {
    return new KinitError(`this user may not log in for commands, the host answers: ${said}`, {
      host,
      hint: giveShell,
    });
  }
  // pam_unix's words, and those of OpenSSH and PAM beside them.
  if (/password (?:has )?expired|password change required|must change your password/i.test(said)) {
    return new KinitError('the password of this user has expired, the host runs nothing for it before it is changed', {
      host,
      hint: 'log in by hand and set a new one (passwd), or let it last, as root: chage -d "$(date +%F)" -M -1 NAME',
    });
  }
  if (said === '' && code !== 0) {
    return new KinitError(`the login shell ends at once with exit code ${code}, as /bin/false does`, {
      host,
      hint: giveShell,
    });
  }
  if (printed === '' && code !== 0) return undefined;
  const answer = said === '' ? 'nothing' : `'${said}'`;
  return new KinitError(`the host does not run what it is asked; its answer to a command is ${answer}`, {
    host,
    hint: 'log in with a key and a user that may run commands: a forced command (command= in authorized_keys, ForceCommand in sshd_config) or a restricted shell stands in the way',
  });
}

/** What gives a user a shell that kinit can work with. */
export const giveShell = 'log in as a user with a shell, or give this one a shell (usermod -s /bin/bash NAME)';

/** The beginning of what a host printed, on one line. */
function shown(output: Buffer): string {
  return output.subarray(0, 300).toString('utf8').trim().replace(/\s+/g, ' ');
}
