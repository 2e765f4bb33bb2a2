import { spawnSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../src/secret.ts';
import { Home } from './ssh-home.ts';
import { type SshServer, type SshServerOptions, startSshServer } from './ssh-server.ts';

/** Login shells that users have; those that are not on this machine are left out. */
const shells = ['sh', 'dash', 'bash', 'rbash', 'csh', 'tcsh', 'fish', 'ksh', 'zsh', 'mksh'].filter(
  (name) => spawnSync(name, ['-c', 'true']).status === 0,
);
const password = 'it\'s $HOME; `id` "!x" \\ %s';

describe('the login shell of a user who is not root', () => {
  let home: Home;
  let server: SshServer | undefined;
  let log: string;

  beforeEach(async () => {
    home = await Home.make();
    log = join(home.path, 'log');
    await writeFile(log, '');
  });
  afterEach(async () => {
    await server?.close();
    await rm(home.path, { recursive: true });
  });

  /** A machine whose sudo is this script, with `read_password` and `run` at hand. */
  async function start(sudo: string, more: SshServerOptions = {}) {
    const bin = join(home.path, 'bin');
    await mkdir(bin);
    await writeFile(join(bin, 'id'), '#!/bin/sh\necho 1000\n', { mode: 0o755 });
    await writeFile(join(bin, 'sudo'), `#!/bin/sh\n${tools}\n${sudo}\n`, { mode: 0o755 });
    const environment = { PATH: `${bin}:${process.env['PATH']}`, LOG: log };
    server = await startSshServer({ authorizedKeys: [home.key.public], environment, ...more });
    await home.knows(server);
    return { address: '127.0.0.1', port: server.port };
  }

  const tools = `
alone=; while :; do case $1 in -n) alone=1; shift;; -k|-S) shift;; -u) user=$2; shift 2;; -p) shift 2;; *) break;; esac; done
wants() { if [ -n "$alone" ]; then echo 'sudo: a password is required' >&2; exit 1; fi; }
read_password() { IFS= read -r given; echo "password: $given" >>"$LOG"; }
run() { SUDO=yes exec "$@"; }`;

  const free = 'run "$@"';
  const asks = 'wants; read_password; run "$@"';

  it.each(shells)('%s: knows that sudo is free, and sends no password', async (shell) => {
    const target = await start(free, { shell: [shell] });
    const host = await home.open(target, { user: 'admin', sudoPassword: new Secret(password) });
    const { stdout, stderr } = await host.run(['sh', '-c', 'echo $SUDO; cat'], { stdin: 'input' });
    expect({ stdout, stderr }).toEqual({ stdout: 'yes\ninput', stderr: '' });
    await host.close();
  });

  it.each(shells)('%s: gives the password to sudo and to nothing else', async (shell) => {
    const target = await start(asks, { shell: [shell], forwarding: false });
    const host = await home.open(target, { user: 'admin', sudoPassword: new Secret(password) });
    const { stdout, stderr } = await host.run(['sh', '-c', 'echo $SUDO; cat'], { stdin: 'input' });
    expect({ stdout, stderr }).toEqual({ stdout: 'yes\ninput', stderr: '' });
    const listener = createServer((socket) => socket.end('hello'));
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const stream = await host.connect({ host: '127.0.0.1', port: (listener.address() as { port: number }).port });
    expect(await text(stream)).toBe('hello');
    listener.close();
    await host.close();
    const taken = new Set((await readFile(log, 'utf8')).trim().split('\n'));
    expect([...taken]).toEqual([`password: ${password}`]);
    expect(server?.commands().join()).not.toContain(password);
  });

  it.each([
    ['free', free],
    ['with a password', asks],
  ])('asks sudo for root, whoever runas_default names: %s', async (_, sudo) => {
    const target = await start(`[ "\${user:-nobody}" = root ] || { echo nobody; exit; }; ${sudo}`);
    const host = await home.open(target, { user: 'admin', sudoPassword: new Secret(password) });
    expect((await host.run(['sh', '-c', 'echo $SUDO'])).stdout).toBe('yes\n');
    await host.close();
  });

  it('gives the password to no function of the login shell that is called sudo', async () => {
    const target = await start(asks, {
      shell: ['bash'],
      environment: {
        PATH: `${join(home.path, 'bin')}:${process.env['PATH']}`,
        LOG: log,
        'BASH_FUNC_sudo%%': '() { cat; }',
      },
    });
    const host = await home.open(target, { user: 'admin', sudoPassword: new Secret(password) });
    expect((await host.run(['sh', '-c', 'echo $SUDO'])).stdout).toBe('yes\n');
    await host.close();
  });

  it.each([
    [
      'another password is wanted (rootpw, targetpw)',
      `wants; read_password; echo 'sudo: 1 incorrect password attempt' >&2; exit 1`,
      /sudo refused the password/,
      /of root, where .* says rootpw/,
    ],
    [
      'programs may not start others (noexec)',
      `wants; read_password; echo "timeout: failed to run command 'sh': Permission denied" >&2; exit 1`,
      /keeps programs from starting others/,
      /noexec/,
    ],
    [
      'sudo is broken',
      `echo 'sudo: /usr/bin/sudo must be owned by uid 0 and have the setuid bit set' >&2; exit 1`,
      /setuid bit/,
      /mend what this says: sudo -u root true/,
    ],
  ])('says with the way out why sudo does not go on: %s', async (_, sudo, message, hint) => {
    const target = await start(sudo);
    await expect(home.open(target, { user: 'admin', sudoPassword: new Secret('touch-me') })).rejects.toMatchObject({
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
  });

  it.each([
    ['sudo that asks and then does not read', 'wants; run "$@"', /does not read it/],
    ['sudo that leaves a byte of it', 'wants; head -c 3 >/dev/null; run "$@"', /does not read it/],
    [
      'sudo that fails for another reason than the password',
      `echo 'sudo: PERM_SUDOERS: setresuid' >&2; exit 1`,
      /sudo failed: sudo: PERM_SUDOERS/,
    ],
    ['a user who may not', `echo 'admin is not in the sudoers file.' >&2; exit 1`, /does not allow/],
  ])('never runs or shows the password: %s', async (_, sudo, message) => {
    const target = await start(sudo);
    const error: Error = await home.open(target, { user: 'admin', sudoPassword: new Secret('touch-me') }).then(
      () => new Error('opened'),
      (reason: Error) => reason,
    );
    expect(error.message).toMatch(message);
    expect(JSON.stringify([error, error.message, error.cause])).not.toContain('touch-me');
  });

  it('runs nothing where sudo stops reading the password later', async () => {
    const target = await start(`wants; if [ -e "$LOG.later" ]; then run "$@"; fi; read_password; run "$@"`);
    const host = await home.open(target, { user: 'admin', sudoPassword: new Secret('touch-me') });
    await writeFile(`${log}.later`, '');
    const error = await host.run(['true']).catch((reason: Error) => reason);
    expect(error).toMatchObject({ message: expect.stringContaining('sudo did not read the password this time') });
    expect(JSON.stringify(error)).not.toContain('touch-me');
    await host.close();
  });

  const elsewhere = {
    nologin: {
      shell: ['/usr/sbin/nologin'],
      says: /may not log in for commands, the host answers: This account is currently not available/,
    },
    'a shell that only fails': { shell: ['false'], says: /login shell ends at once with exit code 1/ },
    'a shell that is missing': {
      forcedCommand: `echo '/opt/zsh: No such file or directory' >&2; exit 1`,
      says: /the login shell \/opt\/zsh cannot be started/,
    },
    // pam_unix(8) of an account whose password has to be changed, before a command of any kind.
    'a password that has expired': {
      forcedCommand: `echo 'WARNING: Your password has expired.' >&2; echo 'Password change required but no TTY available.' >&2; exit 1`,
      says: /the password of this user has expired/,
    },
    'a forced command': {
      forcedCommand: 'echo hello',
      says: /does not run what it is asked; its answer to a command is 'hello'/,
    },
    'a forced command that says nothing': {
      forcedCommand: 'true',
      says: /does not run what it is asked; its answer to a command is nothing/,
    },
    'a forced command that gives back what it gets': { forcedCommand: 'cat', says: /does not run what it is asked/ },
    'files alone (internal-sftp)': {
      forcedCommand: `echo 'This service allows sftp connections only.'; exit 1`,
      says: /'This service allows sftp connections only.'/,
    },
  };
  for (const [what, { says, ...options }] of Object.entries(elsewhere)) {
    it.each(['admin', 'root'])(
      `says in its own words what answers in place of a shell: ${what}, as %s`,
      async (user) => {
        const target = await start(asks, options);
        const opened = home
          .open(target, { user, sudoPassword: new Secret('touch-me') })
          .then((host) => host.run(['true']).finally(() => host.close()));
        await expect(opened).rejects.toMatchObject({ message: expect.stringMatching(says), hint: expect.any(String) });
        expect(await readFile(log, 'utf8')).toBe('');
      },
    );
  }
});
