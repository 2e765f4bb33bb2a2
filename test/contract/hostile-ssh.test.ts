import { rm } from 'node:fs/promises';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import ssh2, { type Connection, type ServerChannel, type Session } from 'ssh2';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KinitError } from '../../src/errors.ts';
import type { Host } from '../../src/host/host.ts';
import { openEach } from '../../src/host/open-hosts.ts';
import { abandonDials, sshSession } from '../../src/host/ssh/connection.ts';
import type { SshTarget } from '../../src/host/targets.ts';
import { Home } from './ssh-home.ts';
import { keyPair, type SshServer, startSshServer } from './ssh-server.ts';

/** RFC 4254, 5.1. */
const connectFailed = 2;

/** A server that does something else than it should at one step. */
interface Hostile {
  readonly target: SshTarget;
  readonly port: number;
  readonly publicKey: string;
  /** Settles when a client has come to that step. */
  readonly reached: Promise<void>;
}

describe('a server that does not go on', () => {
  let home: Home;
  const closing: (() => void)[] = [];

  beforeEach(async () => {
    home = await Home.make();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(async () => {
    vi.useRealTimers();
    for (const close of closing.splice(0)) close();
    await rm(home.path, { recursive: true });
  });

  async function listening(server: Server): Promise<number> {
    const open = new Set<Socket>();
    server.on('connection', (socket: Socket & { readonly _sock?: Socket }) => {
      open.add(socket._sock ?? socket);
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => {
      for (const socket of open) socket.destroy();
      server.close();
    });
    return (server.address() as { port: number }).port;
  }

  async function plain(talk: (socket: Socket, reached: () => void) => void): Promise<Hostile> {
    let reached = (): void => undefined;
    const there = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const port = await listening(createServer({ allowHalfOpen: true }, (socket) => talk(socket, reached)));
    return { port, target: { address: '127.0.0.1', port }, publicKey: keyPair().public, reached: there };
  }

  /** An SSH server that is right up to what `talk` makes of its connections. */
  async function speaking(
    talk: (client: Connection, reached: () => void) => void,
    more: { readonly banner?: string } = {},
  ): Promise<Hostile> {
    let reached = (): void => undefined;
    const there = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const key = keyPair();
    const server = new ssh2.Server({ hostKeys: [key.private], ident: 'OpenSSH_9.9', ...more }, (client) => {
      client.on('error', () => undefined);
      client.on('tcpip', (_, refuse) => (refuse as (reason: number) => void)(connectFailed));
      talk(client, reached);
    });
    const port = await listening(server as unknown as Server);
    const publicKey = key.public.split(' ').slice(0, 2).join(' ');
    return { port, target: { address: '127.0.0.1', port }, publicKey, reached: there };
  }

  /** One that lets everybody in and leaves commands to `talk`. */
  function commanding(talk: (session: Session, reached: () => void) => void): Promise<Hostile> {
    return speaking((client, reached) => {
      client.on('authentication', (context) => context.accept());
      client.on('session', (accept) => talk(accept(), reached));
    });
  }

  function executing(talk: (channel: ServerChannel, reached: () => void) => void): Promise<Hostile> {
    return commanding((session, reached) => session.on('exec', (accept) => talk(accept(), reached)));
  }

  async function good(): Promise<SshServer & { readonly target: SshTarget }> {
    const server = await startSshServer({ authorizedKeys: [home.key.public] });
    closing.push(() => void server.close());
    return { ...server, target: { address: '127.0.0.1', port: server.port } };
  }

  function opening(targets: readonly SshTarget[]): readonly Promise<Host | KinitError>[] {
    return openEach(targets, home.settings());
  }

  async function works(host: Host | KinitError | undefined): Promise<void> {
    if (host === undefined || host instanceof KinitError) throw host ?? new Error('no host');
    expect((await host.run(['printf', 'yes'])).stdout).toBe('yes');
    await host.close();
  }

  const handshakes: Readonly<
    Record<string, { readonly make: () => Promise<Hostile>; readonly seconds: number; readonly says: string }>
  > = {
    'never sends a banner': {
      make: () => plain((_, reached) => reached()),
      seconds: 10,
      says: 'takes the connection and says nothing within 10 s',
    },
    'says anything but its banner': {
      make: () =>
        plain((socket, reached) => {
          socket.write('220 mail.example.com ESMTP\r\n');
          socket.once('data', reached);
        }),
      seconds: 40,
      says: 'does not finish the key exchange within 30 s',
    },
    'hangs in the key exchange': {
      make: () =>
        plain((socket, reached) => {
          let seen = 0;
          socket.write('SSH-2.0-OpenSSH_9.9\r\n');
          socket.on('data', (part: Buffer) => {
            seen += part.length;
            if (seen > 200) reached();
          });
        }),
      seconds: 30,
      says: 'does not finish the key exchange within 30 s',
    },
    'hangs in the login': {
      make: () => speaking((client, reached) => client.on('authentication', reached)),
      seconds: 30,
      says: 'does not answer the login as root within 30 s',
    },
  };

  it.each(Object.entries(handshakes))(
    '%s: is given up, and named; a good host beside it does not wait',
    async (_, { make, seconds, says }) => {
      const [bad, server] = [await make(), await good()];
      await home.knows(bad, server);
      const [hanging, working] = opening([bad.target, server.target]);
      await works(await working);
      await bad.reached;
      await vi.advanceTimersByTimeAsync(seconds * 1000);
      expect(await hanging).toMatchObject({
        message: expect.stringContaining(says),
        host: `root@127.0.0.1:${bad.port}`,
        hint: expect.any(String),
      });
    },
  );

  it('never sends a banner: is given up when the time is over that was said for connecting', async () => {
    const bad = await plain((_, reached) => reached());
    const [hanging] = openEach([bad.target], { ...home.settings(), connectTimeout: 3000, usualConnectTimeout: 5000 });
    await bad.reached;
    await vi.advanceTimersByTimeAsync(3000);
    expect(await hanging).toMatchObject({ message: expect.stringContaining('says nothing within 3 s') });
  });

  it.each(Object.entries(handshakes).filter(([name]) => !name.startsWith('says')))(
    '%s: is let go of at once when nobody waits for it any more; who is open stays so',
    async (_, { make }) => {
      const [bad, server] = [await make(), await good()];
      await home.knows(bad, server);
      const session = sshSession(undefined);
      const [hanging, working] = openEach([bad.target, server.target], home.settings(), session);
      const host = await working;
      await bad.reached;
      abandonDials(session);
      expect(await hanging).toMatchObject({ message: 'nobody waits for its answer any more' });
      await works(host);
    },
  );

  it('closes its half at once: is given up at once', async () => {
    const bad = await plain((socket) => socket.end());
    const [hanging] = opening([bad.target]);
    expect(await hanging).toMatchObject({ message: expect.stringContaining('closed the connection before the login') });
  });

  it('closes the connection in the middle of the login: that is said with its own words, and no firewall is blamed', async () => {
    const banner = 'Your account has expired;\u001b[2J please contact your system administrator.';
    const bad = await speaking((client) => client.on('authentication', () => client.end()), { banner });
    await home.knows(bad);
    const [result] = opening([bad.target]);
    expect(await result).toMatchObject({
      message: expect.stringMatching(
        /^the server closes the connection at the login as root, it says: Your account has expired;.*administrator\.$/,
      ),
      hint: expect.stringContaining('chage -l root'),
    });
  });

  it('a crowd of them does not keep the places from a good host', async () => {
    const [bad, server] = [await plain(() => undefined), await good()];
    await home.knows(server);
    const crowd = Array.from({ length: 130 }, () => bad.target);
    const results = opening([...crowd, server.target]);
    await vi.advanceTimersByTimeAsync(1000);
    await works(await results.at(-1));
    await vi.advanceTimersByTimeAsync(12_000);
    for (const hanging of results.slice(0, -1)) expect(await hanging).toBeInstanceOf(KinitError);
  });

  it('wants a new password first: that is said', async () => {
    const bad = await speaking((client) =>
      client.on('authentication', (context) => {
        if (context.method === 'password') return context.requestChange('Enter new password:', () => undefined);
        return context.reject(['password']);
      }),
    );
    await home.knows(bad);
    const { Secret } = await import('../../src/secret.ts');
    const [result] = openEach([bad.target], home.settings({ password: new Secret('old') }));
    expect(await result).toMatchObject({ message: 'the password of root has expired' });
  });

  const commands: Readonly<
    Record<string, { readonly make: () => Promise<Hostile>; readonly seconds: number; readonly says: string }>
  > = {
    'never opens the channel': {
      make: () =>
        speaking((client, reached) => {
          client.on('authentication', (context) => context.accept());
          client.on('session', () => reached());
        }),
      seconds: 20,
      says: 'does not start a command within 20 s',
    },
    'never answers the exec request': {
      make: () => commanding((session, reached) => session.on('exec', () => reached())),
      seconds: 20,
      says: 'does not start a command within 20 s',
    },
    'refuses to open the channel': {
      make: () =>
        speaking((client, reached) => {
          client.on('authentication', (context) => context.accept());
          client.on('session', (_, refuse) => {
            reached();
            refuse();
          });
        }),
      seconds: 0,
      says: 'the server does not start a command',
    },
    'never ends the command': {
      make: () => executing((_, reached) => reached()),
      seconds: 80,
      says: 'no answer within',
    },
    'ends the command and never closes its channel': {
      make: () =>
        executing((channel, reached) => {
          channel.write('nothing of use');
          channel.exit(3);
          reached();
        }),
      seconds: 15,
      says: 'does not run what it is asked',
    },
    'ends its output and never tells how the command ended': {
      make: () =>
        executing((channel, reached) => {
          channel.write('nothing of use');
          (channel as unknown as { eof(): void }).eof();
          reached();
        }),
      seconds: 15,
      says: 'does not run what it is asked',
    },
  };

  it.each(Object.entries(commands))('%s: is given up, and named', async (_, { make, seconds, says }) => {
    const bad = await make();
    await home.knows(bad);
    const [result] = opening([bad.target]);
    const host = (await result) as Host;
    const failed = host.run(['true'], { deadline: 1 }).catch((error: unknown) => error);
    await bad.reached;
    // Refused, which comes after all that the server has sent by now.
    await host.connect({ host: '127.0.0.1', port: 1 }).catch(() => undefined);
    await vi.advanceTimersByTimeAsync(seconds * 1000);
    expect(await failed).toMatchObject({
      name: 'KinitError',
      message: expect.stringContaining(says),
      host: `root@127.0.0.1:${bad.port}`,
    });
    await host.close();
  });

  type Forwarding = (accept: () => ServerChannel, refuse: (reason: number) => void, client: Connection) => void;
  const gates: Readonly<
    Record<string, { readonly talk: Forwarding; readonly seconds: number; readonly says: RegExp }>
  > = {
    'closes what it opens': { talk: (accept) => accept().end(), seconds: 0, says: /closed the connection/ },
    'opens what says nothing': {
      talk: (accept) => void accept(),
      seconds: 3,
      says: /says nothing within 3 s|no answer from/,
    },
    'never opens anything': { talk: () => undefined, seconds: 3, says: /no answer from 127\.0\.0\.1 port \d+ through/ },
    'ends its own connection': { talk: (_, __, client) => client.end(), seconds: 0, says: /closed the connection/ },
    'refuses without a reason': {
      talk: (_, refuse) => refuse(connectFailed),
      seconds: 0,
      says: /cannot connect to 127\.0\.0\.1 port \d+: the server gives no reason/,
    },
    'speaks another protocol in the place of the host': {
      talk: (accept) => accept().end('\x1b[2JHTTP/1.1 400 Bad Request\r\n\r\n'),
      seconds: 0,
      says: /closed the connection/,
    },
  };

  it.each(Object.entries(gates))('is a bastion that %s: the host behind it is given up, and named', async (_, gate) => {
    let reached = (): void => undefined;
    const there = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const bad = await speaking((client) => {
      client.on('authentication', (context) => context.accept());
      client.removeAllListeners('tcpip').on('tcpip', (accept, refuse) => {
        gate.talk(accept, refuse as (reason: number) => void, client);
        reached();
      });
    });
    const [host, beside] = [await good(), await good()];
    await home.knows(bad, host, beside);
    const behind = { ...host.target, bastion: `root@127.0.0.1:${bad.port}` };
    const [hanging, working] = openEach([behind, beside.target], home.settings({ connectTimeout: 3000 }));
    await works(await working);
    await there;
    await vi.advanceTimersByTimeAsync(gate.seconds * 1000);
    expect(await hanging).toMatchObject({
      name: 'KinitError',
      message: expect.stringMatching(gate.says),
      host: `root@127.0.0.1:${host.port}`,
      hint: expect.any(String),
    });
  });

  it('sends data without end: is cut off, and named', async () => {
    let sent = 0;
    const bad = await executing((channel) => {
      const chunk = Buffer.alloc(256 * 1024, 'x');
      const more = (): void => {
        for (let go = true; go && sent < 1024 ** 3; sent += chunk.length) go = channel.write(chunk);
      };
      channel.on('drain', more).on('error', () => undefined);
      more();
    });
    await home.knows(bad);
    const [result] = opening([bad.target]);
    const host = (await result) as Host;
    await expect(host.run(['true'])).rejects.toMatchObject({
      message: expect.stringContaining('sends more than 64 MiB'),
      host: `root@127.0.0.1:${bad.port}`,
    });
    expect(sent).toBeLessThan(100 * 1024 ** 2);
    await host.close();
  });

  it('never closes its side: is left without it', async () => {
    const server = await good();
    let left = (): void => undefined;
    const gone = new Promise<void>((resolve) => {
      left = resolve;
    });
    const port = await listening(
      createServer({ allowHalfOpen: true }, (socket) => {
        const inner = createConnection({ host: '127.0.0.1', port: server.port, allowHalfOpen: true });
        inner.on('data', (part) => socket.write(part)).on('error', () => undefined);
        socket.on('data', (part) => inner.write(part));
        // The client is really gone when what is sent to it is refused.
        socket.once('end', () => setInterval(() => socket.write('x'), 10).unref());
        socket.once('error', left).once('close', () => inner.destroy());
      }),
    );
    await home.knows({ port, publicKey: server.publicKey });
    const [result] = opening([{ address: '127.0.0.1', port }]);
    const host = (await result) as Host;
    await host.close();
    await vi.advanceTimersByTimeAsync(1000);
    await gone;
  });
});
