import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Host } from '../../src/host/host.ts';
import { openHosts } from '../../src/host/open-hosts.ts';
import type { SshTarget } from '../../src/host/targets.ts';
import { Secret } from '../../src/secret.ts';
import { type HostFixture, hostContract, processContract } from './host.contract.ts';
import { Home } from './ssh-home.ts';
import { keyPair, type SshServer, type SshServerOptions, startSshServer } from './ssh-server.ts';

async function overSsh(options: SshServerOptions = {}): Promise<HostFixture> {
  const home = await Home.make();
  const server = await startSshServer({ authorizedKeys: [home.key.public], ...options });
  await home.knows(server);
  const host = await home.open({ address: '127.0.0.1', port: server.port });
  const directory = join(home.path, 'remote');
  await mkdir(directory);
  return {
    host,
    directory,
    roundTrips: () => server.commands().length,
    close: async () => {
      await host.close();
      await server.close();
      await rm(home.path, { recursive: true });
    },
  };
}

hostContract('a machine over SSH', overSsh);
processContract('a machine over SSH', overSsh);
hostContract('a machine over SSH that forbids forwarding', () => overSsh({ forwarding: false }));

describe('reaching a machine over SSH', () => {
  let home: Home;
  const servers: SshServer[] = [];
  const plain: Server[] = [];

  beforeEach(async () => {
    home = await Home.make();
  });
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
    for (const server of plain.splice(0)) server.close();
    await rm(home.path, { recursive: true });
  });

  async function start(options: SshServerOptions = {}): Promise<SshServer & { readonly target: SshTarget }> {
    const server = await startSshServer({ authorizedKeys: [home.key.public], ...options });
    servers.push(server);
    return { ...server, target: { address: '127.0.0.1', port: server.port } };
  }

  async function works(host: Host): Promise<void> {
    try {
      expect((await host.run(['printf', 'yes'])).stdout).toBe('yes');
    } finally {
      await host.close();
    }
  }

  describe('host keys', () => {
    it('refuses an unknown host before anything is executed or logged in', async () => {
      const server = await start();
      await expect(home.open(server.target)).rejects.toMatchObject({
        exitCode: 6,
        message: expect.stringMatching(/ssh-ed25519 SHA256:\S+ is not known/),
        hint: expect.stringContaining('--accept-new-host-keys'),
      });
      expect(server.commands()).toEqual([]);
    });

    it('accepts an unknown host when told to, and remembers it', async () => {
      const server = await start();
      await works(await home.open(server.target, { acceptNewHostKeys: true }));
      const text = await readFile(join(home.path, '.ssh/known_hosts'), 'utf8');
      expect(text).toBe(`[127.0.0.1]:${server.port} ${server.publicKey}\n`);
      expect((await stat(join(home.path, '.ssh/known_hosts'))).mode & 0o777).toBe(0o600);
      await works(await home.open(server.target));
    });

    it('never accepts a changed key, and says how to remove the old one', async () => {
      const server = await start();
      const other = keyPair().public.split(' ').slice(0, 2).join(' ');
      await home.file('.ssh/known_hosts', `[127.0.0.1]:${server.port} ${other}\n`);
      await expect(home.open(server.target, { acceptNewHostKeys: true })).rejects.toMatchObject({
        exitCode: 6,
        message: expect.stringContaining('has changed'),
        hint: expect.stringContaining(`ssh-keygen -R '[127.0.0.1]:${server.port}' -f '${home.path}/.ssh/known_hosts'`),
      });
      expect(server.commands()).toEqual([]);
    });

    it('asks for the kind of key that is known when the server has several', async () => {
      const { default: ssh2 } = await import('ssh2');
      const ecdsa = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
      const server = await start({ hostKeys: [keyPair().private, ecdsa.private] });
      await home.file('.ssh/known_hosts', `[127.0.0.1]:${server.port} ${ecdsa.public}\n`);
      await works(await home.open(server.target));
    });

    it('takes only the given fingerprints where there are some', async () => {
      const server = await start();
      await home.knows(server);
      const wrong = { ...server.target, fingerprints: ['SHA256:wrong'] };
      await expect(home.open(wrong)).rejects.toMatchObject({
        exitCode: 6,
        message: expect.stringContaining('fingerprint'),
      });
    });
  });

  describe('login', () => {
    it('opens a key with its passphrase, asked for once for many hosts', async () => {
      const locked = keyPair('open sesame');
      const { default: ssh2 } = await import('ssh2');
      const opened = ssh2.utils.parseKey(locked.private, 'open sesame') as import('ssh2').ParsedKey;
      const authorizedKeys = [`${opened.type} ${opened.getPublicSSH().toString('base64')}`];
      const many = await Promise.all([start({ authorizedKeys }), start({ authorizedKeys })]);
      await home.knows(...many);
      const questions: string[] = [];
      const ask = async (question: string): Promise<Secret> => {
        questions.push(question);
        return new Secret('open sesame');
      };
      const identityFiles = [await home.file('locked', locked.private)];
      const { hosts, failures } = await openHosts(
        many.map(({ target }) => target),
        home.settings({ identityFiles, ask }),
      );
      expect(failures).toEqual([]);
      expect(questions).toEqual([`Passphrase for the key ${home.path}/locked: `]);
      for (const host of hosts) await works(host);
    });

    it.each([true, false])('logs in with a password (asked as PAM does: %s)', async (keyboardInteractive) => {
      const server = await start({ authorizedKeys: [], password: 'pa55word', keyboardInteractive });
      await home.knows(server);
      await works(await home.open(server.target, { password: new Secret('pa55word') }));
    });

    it('asks for the password, once for many hosts, where only that can help', async () => {
      const many = [await start({ password: 'pa55word' }), await start({ password: 'pa55word' })];
      await home.knows(...many);
      await rm(join(home.path, '.ssh/id_ed25519'));
      const questions: string[] = [];
      const ask = async (question: string): Promise<Secret> => {
        questions.push(question);
        return new Secret('pa55word');
      };
      const targets = many.map(({ target }) => target);
      const { hosts, failures } = await openHosts(targets, home.settings({ ask }));
      expect(failures).toEqual([]);
      expect(questions).toEqual(['SSH password of root: ']);
      for (const host of hosts) await works(host);
    });

    it('says when a key that was named is none', async () => {
      const server = await start();
      await home.knows(server);
      const identityFiles = [await home.file('key.pub', home.key.public)];
      await expect(home.open(server.target, { identityFiles: ['/no-such-key'] })).rejects.toThrow(
        '/no-such-key cannot be used',
      );
      await expect(home.open(server.target, { identityFiles })).rejects.toThrow(
        /key.pub cannot be used: it is a public key/,
      );
    });

    it('names what was tried when no login is taken, and no secret', async () => {
      const server = await start({ authorizedKeys: [], password: 'right' });
      await home.knows(server);
      const error = await home
        .open(server.target, { password: new Secret('wr0ng-one') })
        .catch((reason: Error) => reason);
      expect(error).toMatchObject({
        message: `login as root refused: tried key ${home.path}/.ssh/id_ed25519, password; it takes publickey, password`,
        host: `root@127.0.0.1:${server.port}`,
      });
      expect(JSON.stringify(error)).not.toContain('wr0ng-one');
    });
  });

  describe('sudo', () => {
    /** A sudo and an id in PATH: the caller is not root, and sudo behaves as told. */
    async function withSudo(sudo: string): Promise<SshServerOptions> {
      const bin = join(home.path, 'bin');
      await mkdir(bin);
      await writeFile(join(bin, 'id'), '#!/bin/sh\necho 1000\n', { mode: 0o755 });
      await writeFile(join(bin, 'sudo'), `#!/bin/sh\n${sudo}\n`, { mode: 0o755 });
      return { environment: { PATH: `${bin}:${process.env['PATH']}` } };
    }
    const parse =
      'noninteractive=; while :; do case $1 in -n) noninteractive=1; shift;; -k|-S) shift;; -p|-u) shift 2;; *) break;; esac; done';
    const wantsPassword = `${parse}
if [ -n "$noninteractive" ]; then echo 'sudo: a password is required' >&2; exit 1; fi
password=; while c=$(dd bs=1 count=1 2>/dev/null; echo x); [ "$c" != "$(printf '\\nx')" ] && [ "$c" != x ]; do password=$password\${c%x}; done
[ "$password" = 'let me' ] || { echo 'sudo: 1 incorrect password attempt' >&2; exit 1; }
SUDO=yes exec "$@"`;

    it('uses sudo without a password where that is allowed', async () => {
      const server = await start(await withSudo(`${parse}\nSUDO=yes exec "$@"`));
      await home.knows(server);
      const host = await home.open(server.target, { user: 'admin' });
      expect((await host.run(['printenv', 'SUDO'])).stdout).toBe('yes\n');
      await host.close();
    });

    it('gives the password on standard input, before the script', async () => {
      const server = await start(await withSudo(wantsPassword));
      await home.knows(server);
      const host = await home.open(server.target, { user: 'admin', sudoPassword: new Secret('let me') });
      expect((await host.run(['sh', '-c', 'echo $SUDO; cat'], { stdin: 'input' })).stdout).toBe('yes\ninput');
      expect(server.commands().join()).not.toContain('let me');
      await host.close();
    });

    it('never leaves the password to a shell where sudo asks for it before some programs only', async () => {
      const withoutForShell = `case "$*" in *' timeout '*) ;; *) shift 6; exec "$@";; esac\n${wantsPassword}`;
      const server = await start({ ...(await withSudo(withoutForShell)), forwarding: false });
      await home.knows(server);
      const host = await home.open(server.target, { user: 'admin', sudoPassword: new Secret('let me') });
      const interrupt = new AbortController();
      const running = host.run(['sleep', '20'], { signal: interrupt.signal });
      setTimeout(() => interrupt.abort(), 300);
      await expect(running).rejects.toThrow('interrupted');
      const listener = createServer();
      plain.push(listener);
      await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
      const heard = new Promise<Buffer>((resolve) => listener.once('connection', (socket) => resolve(buffer(socket))));
      const { port } = listener.address() as { port: number };
      (await host.connect({ host: '127.0.0.1', port })).end('hello');
      expect((await heard).toString()).toBe('hello');
      const elevated = server.commands().filter((command) => /\bsudo -u root -k -S/.test(command));
      expect(elevated.filter((command) => !command.includes(`sudo -u root -k -S -p '' timeout `))).toEqual([]);
      await host.close();
    });

    it.each([
      ['no password at hand', wantsPassword, {}, /sudo asks for a password/],
      ['a wrong password', wantsPassword, { sudoPassword: new Secret('wrong') }, /sudo refused the password/],
      [
        'a user who may not',
        `echo 'admin is not in the sudoers file.' >&2; exit 1`,
        { sudoPassword: new Secret('x') },
        /does not allow/,
      ],
      [
        'a sudo that insists on a terminal',
        `echo 'sudo: sorry, you must have a tty to run sudo' >&2; exit 1`,
        { sudoPassword: new Secret('x') },
        /terminal/,
      ],
    ])('says clearly what is wrong: %s', async (_, sudo, more, message) => {
      const server = await start(await withSudo(sudo));
      await home.knows(server);
      await expect(home.open(server.target, { user: 'admin', ...more })).rejects.toMatchObject({
        message: expect.stringMatching(message),
        hint: expect.any(String),
      });
    });
  });

  describe('bastions', () => {
    it('reaches many hosts through one connection to the bastion', async () => {
      const [bastion, first, second] = [await start(), await start(), await start()];
      await home.knows(bastion, first, second);
      const { hosts, failures } = await openHosts(
        [first.target, second.target],
        home.settings({ bastion: `root@127.0.0.1:${bastion.port}` }),
      );
      expect(failures).toEqual([]);
      for (const host of hosts) await works(host);
      expect(bastion.connections()).toBe(1);
      expect([...bastion.forwarded()].sort()).toEqual([`127.0.0.1:${first.port}`, `127.0.0.1:${second.port}`].sort());
    });

    it('goes through several bastions in turn', async () => {
      const [outer, inner, server] = [await start(), await start(), await start()];
      await home.knows(outer, inner, server);
      const bastion = `root@127.0.0.1:${outer.port},root@127.0.0.1:${inner.port}`;
      await works(await home.open(server.target, { bastion }));
      expect(outer.forwarded()).toEqual([`127.0.0.1:${inner.port}`]);
      expect(inner.forwarded()).toEqual([`127.0.0.1:${server.port}`]);
    });

    it('reaches hosts through a bastion that forbids forwarding', async () => {
      const [bastion, server] = [await start({ forwarding: false }), await start()];
      await home.knows(bastion, server);
      await works(await home.open(server.target, { bastion: `root@127.0.0.1:${bastion.port}` }));
    });

    it('is not told the password of the hosts: it has its own, or takes a key', async () => {
      const own = { authorizedKeys: [], password: 'of the bastion' };
      const [bastion, server] = [await start(own), await start({ authorizedKeys: [], password: 'of the hosts' })];
      await home.knows(bastion, server);
      const through = { bastion: `root@127.0.0.1:${bastion.port}`, password: new Secret('of the hosts') };
      await expect(home.open(server.target, through)).rejects.toThrow(
        /login as root refused: tried key \S+id_ed25519;/,
      );
      expect(bastion.passwords()).toEqual([]);

      const questions: string[] = [];
      const ask = async (question: string) => {
        questions.push(question);
        return new Secret(question.includes(`${bastion.port}`) ? 'of the bastion' : 'of the hosts');
      };
      await works(await home.open(server.target, { bastion: through.bastion, ask }));
      expect(questions).toEqual([`SSH password of root@127.0.0.1:${bastion.port}: `, 'SSH password of root: ']);
      expect([bastion.passwords(), server.passwords()]).toEqual([['of the bastion'], ['of the hosts']]);
    });

    it('checks the key of the bastion too, and says that it is the bastion', async () => {
      const [bastion, server] = [await start(), await start()];
      await home.knows(server);
      await expect(home.open(server.target, { bastion: `root@127.0.0.1:${bastion.port}` })).rejects.toMatchObject({
        exitCode: 6,
        host: `root@127.0.0.1:${server.port}`,
        message: expect.stringContaining(`the bastion root@127.0.0.1:${bastion.port} cannot be used`),
      });
    });
  });

  describe("ssh's own configuration", () => {
    it('is honoured: alias, address, port, user, key and ProxyJump', async () => {
      const other = keyPair();
      const [bastion, server] = [await start(), await start({ authorizedKeys: [other.public] })];
      await home.knows(bastion, server);
      await home.file('other', other.private);
      await home.file(
        '.ssh/config',
        [
          'Host node?',
          '  HostName 127.0.0.1',
          `  Port ${server.port}`,
          '  User root',
          '  IdentityFile ~/other',
          '  ProxyJump jump',
          'Host jump',
          '  HostName 127.0.0.1',
          `  Port ${bastion.port}`,
          '  User root',
        ].join('\n'),
      );
      const { user: _, ...settings } = home.settings();
      const { hosts, failures } = await openHosts([{ address: 'node1' }], settings);
      expect(failures).toEqual([]);
      expect(hosts[0]?.name).toBe(`root@127.0.0.1:${server.port}`);
      for (const host of hosts) await works(host);
      expect(bastion.forwarded()).toEqual([`127.0.0.1:${server.port}`]);
    });
  });

  describe('connections', () => {
    it('uses one connection for everything and dials again when it was cut', async () => {
      const server = await start();
      await home.knows(server);
      const host = await home.open(server.target);
      await Promise.all([host.run(['true']), host.run(['true']), host.observe({ files: ['/etc/hostname'] })]);
      expect(server.connections()).toBe(1);
      server.cut();
      await works(host);
      expect(server.connections()).toBe(2);
    });

    it('says that the connection was lost when it is cut under a command, which ends in time and leaves nothing', async () => {
      const server = await start();
      await home.knows(server);
      const host = await home.open(server.target);
      const note = join(home.path, 'note');
      const script = 'out=$(readlink /proc/$$/fd/1); echo "$out" >"$1"; mv "$1" "$1.done"; sleep 3605.5';
      const lost = expect(host.run(['sh', '-c', script, 'sh', note], { deadline: 1 })).rejects.toThrow(
        /connection was lost/,
      );
      const output = (): Promise<string> => readFile(`${note}.done`, 'utf8').catch(() => '');
      await expect.poll(output, { timeout: 10_000 }).not.toBe('');
      server.cut();
      await lost;
      const folder = dirname(await output());
      const gone = (): Promise<boolean> =>
        stat(folder).then(
          () => false,
          () => true,
        );
      await expect.poll(gone, { timeout: 15_000 }).toBe(true);
      await host.close();
    });

    it('reads a socket file of the host', async () => {
      const server = await start();
      await home.knows(server);
      const echo = createServer((socket) => socket.end('from a socket file'));
      plain.push(echo);
      const path = join(home.path, 'echo.sock');
      await new Promise<void>((resolve) => echo.listen(path, resolve));
      const host = await home.open(server.target);
      expect((await buffer(await host.connect({ path }))).toString()).toBe('from a socket file');
      await host.close();
    });

    it('reports every host that cannot be reached, and opens the others', async () => {
      const server = await start();
      await home.knows(server);
      const unused = createServer();
      await new Promise<void>((resolve) => unused.listen(0, '127.0.0.1', resolve));
      const { port } = unused.address() as { port: number };
      await new Promise((resolve) => unused.close(resolve));
      const targets = [{ address: '127.0.0.1', port }, server.target, { address: 'no-such-host.invalid' }];
      const { hosts, failures } = await openHosts(targets, home.settings());
      expect(hosts.map(({ name }) => name)).toEqual([`root@127.0.0.1:${server.port}`]);
      expect(failures.map(({ message }) => message)).toEqual([
        `nothing listens on port ${port}`,
        'the name no-such-host.invalid does not resolve',
      ]);
      for (const host of hosts) await host.close();
    });

    it('gives up on a server that says nothing that SSH says', async () => {
      const silent = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
      plain.push(silent);
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      const { port } = silent.address() as { port: number };
      await expect(home.open({ address: '127.0.0.1', port })).rejects.toThrow(/SSH|before the login/);
    });
  });
});
