import { type ChildProcess, spawn } from 'node:child_process';
import { createConnection, type Socket } from 'node:net';
import ssh2, { type Connection, type ServerChannel } from 'ssh2';

export interface SshServerOptions {
  /** Public keys that may log in, in OpenSSH's form. */
  readonly authorizedKeys?: readonly string[];
  readonly password?: string;
  /** Asks for the password as PAM does. */
  readonly keyboardInteractive?: boolean;
  readonly forwarding?: boolean;
  /** Where it listens; 127.0.0.1. */
  readonly address?: string;
  readonly hostKeys?: readonly string[];
  /** The algorithms that it offers for its host key; all of them. */
  readonly hostKeyAlgorithms?: readonly string[];
  /** Ports of this machine that stand for other addresses (`10.0.0.1:22`), as seen through it. */
  readonly forwards?: Readonly<Record<string, number>>;
  /** The login shell and its own arguments; a bash without its start files. */
  readonly shell?: readonly string[];
  /** Run in place of every command, as sshd's ForceCommand is. */
  readonly forcedCommand?: string;
  /** Environment of commands. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Paths of this machine that commands find elsewhere, under names of the same length: what they read is counted. */
  readonly elsewhere?: Readonly<Record<string, string>>;
  /**
   * Whether a command with this standard input, the how manyeth it is, gets an answer; else it is not run, and nothing
   * more comes of it.
   */
  readonly answers?: (input: string, nth: number) => boolean;
}

export interface SshServer {
  readonly port: number;
  /** The first host key: a known_hosts line without its name. */
  readonly publicKey: string;
  readonly connections: () => number;
  /** Those that are open now. */
  readonly open: () => number;
  readonly commands: () => readonly string[];
  /** Whether a command runs. */
  readonly busy: () => boolean;
  /** Those that were tried. */
  readonly passwords: () => readonly string[];
  /** Where the server was asked to forward to. */
  readonly forwarded: () => readonly string[];
  /** Cuts every connection as a failing network does. */
  readonly cut: () => void;
  readonly close: () => Promise<void>;
}

/** A new key pair; ssh2 writes one of some hundred so that nobody can read it. */
export function keyPair(passphrase?: string): { readonly private: string; readonly public: string } {
  const encryption = passphrase === undefined ? {} : { passphrase, cipher: 'aes256-cbc' };
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519', encryption as object);
    if (!(ssh2.utils.parseKey(pair.private, passphrase) instanceof Error)) return pair;
  }
}

/** An SSH server in this process that runs real commands. */
export async function startSshServer(options: SshServerOptions = {}): Promise<SshServer> {
  const hostKeys = options.hostKeys ?? [keyPair().private];
  const open = new Set<Connection>();
  const commands: string[] = [];
  const running = new Set<ChildProcess>();
  const passwords: string[] = [];
  const forwarded: string[] = [];
  let connections = 0;
  const algorithms = options.hostKeyAlgorithms && {
    algorithms: { serverHostKey: [...options.hostKeyAlgorithms] as never },
  };
  const server = new ssh2.Server({ hostKeys: [...hostKeys], ident: 'OpenSSH_9.9', ...algorithms }, (client) => {
    connections += 1;
    open.add(client);
    (client as unknown as { _sock: Socket })._sock.setNoDelay(true);
    client.on('error', () => undefined);
    client.on('close', () => open.delete(client));
    client.on('authentication', (context) => {
      const methods = [
        ...(options.authorizedKeys ? ['publickey'] : []),
        ...(options.password === undefined ? [] : [options.keyboardInteractive ? 'keyboard-interactive' : 'password']),
      ];
      const refuse = (): void => context.reject(methods as never);
      if (context.method === 'publickey') {
        const known = options.authorizedKeys?.map((key) => ssh2.utils.parseKey(key) as ssh2.ParsedKey) ?? [];
        const key = known.find((candidate) => candidate.getPublicSSH().equals(context.key.data));
        if (!key) return refuse();
        if (!context.signature || !context.blob) return context.accept();
        return key.verify(context.blob, context.signature, context.hashAlgo) ? context.accept() : refuse();
      }
      if (context.method === 'password' && !options.keyboardInteractive) {
        passwords.push(context.password);
        return context.password === options.password ? context.accept() : refuse();
      }
      if (context.method === 'keyboard-interactive' && options.keyboardInteractive) {
        return context.prompt([{ prompt: 'Password: ', echo: false }], ([answer]) =>
          answer === options.password ? context.accept() : refuse(),
        );
      }
      return refuse();
    });
    client.on('session', (accept) => {
      accept().on('exec', (acceptExec, _reject, { command }) => {
        commands.push(command);
        execute({ command, nth: commands.length, running }, acceptExec(), options);
      });
    });
    // Without a listener, ssh2 answers "administratively prohibited", as sshd does with AllowTcpForwarding no.
    if (options.forwarding === false) return;
    client.on('tcpip', (accept, reject, { destIP, destPort }) => {
      forwarded.push(`${destIP}:${destPort}`);
      const stands = options.forwards?.[`${destIP}:${destPort}`];
      const socket = createConnection({ host: stands === undefined ? destIP : '127.0.0.1', port: stands ?? destPort });
      socket.once('error', () => reject());
      socket.once('connect', () => join(accept(), socket));
    });
    client.on(
      'openssh.streamlocal' as never,
      ((accept: () => ServerChannel, reject: () => void, info: { socketPath: string }) => {
        const socket = createConnection({ path: info.socketPath });
        socket.once('error', () => reject());
        socket.once('connect', () => join(accept(), socket));
      }) as never,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, options.address ?? '127.0.0.1', resolve));
  const first = ssh2.utils.parseKey(hostKeys[0] ?? '') as ssh2.ParsedKey;
  return {
    port: (server.address() as { port: number }).port,
    publicKey: `${first.type} ${first.getPublicSSH().toString('base64')}`,
    connections: () => connections,
    open: () => open.size,
    commands: () => commands,
    busy: () => running.size > 0,
    passwords: () => passwords,
    forwarded: () => forwarded,
    cut: () => {
      for (const client of open) (client as unknown as { _sock: Socket })._sock.destroy();
    },
    close: () =>
      new Promise((resolve) => {
        for (const client of open) client.end();
        server.close(() => resolve());
      }),
  };
}

interface Asked {
  readonly command: string;
  readonly nth: number;
  /** Where what it starts is noted as long as it runs. */
  readonly running: Set<ChildProcess>;
}

function execute(asked: Asked, channel: ServerChannel, options: SshServerOptions): void {
  const { elsewhere = {}, answers } = options;
  if (answers === undefined && Object.keys(elsewhere).length === 0) {
    started(asked, channel, options, undefined);
    return;
  }
  const input: Buffer[] = [];
  channel.on('data', (part: Buffer) => input.push(part)).on('error', () => undefined);
  channel.on('end', () => {
    const whole = displaced(Buffer.concat(input), elsewhere);
    if (answers?.(whole.toString('latin1'), asked.nth) ?? true) started(asked, channel, options, whole);
  });
}

/** `input` in place of what the channel gives. */
function started(
  { command, running }: Asked,
  channel: ServerChannel,
  options: SshServerOptions,
  input: Buffer | undefined,
): void {
  const { environment, forcedCommand, shell = ['bash', '--noprofile', '--norc'] } = options;
  const [file = '', ...words] = [...shell, '-c', forcedCommand ?? command];
  const child = spawn(file, words, { env: { ...process.env, ...environment } });
  running.add(child);
  child.once('close', () => running.delete(child));
  if (input === undefined) channel.pipe(child.stdin);
  else child.stdin.end(input);
  child.stdin.on('error', () => undefined);
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  channel.on('error', () => undefined);
  // As sshd does when the connection breaks: the command lives on, its pipes do not.
  channel.on('close', () => {
    for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe.destroy();
  });
  child.on('close', (code, signal) => {
    if (signal) channel.exit(signal.slice(3) as never);
    else channel.exit(code ?? 0);
    channel.end();
  });
}

function displaced(input: Buffer, elsewhere: Readonly<Record<string, string>>): Buffer {
  const text = Object.entries(elsewhere).reduce(
    (all, [from, to]) => all.replaceAll(from, to),
    input.toString('latin1'),
  );
  return Buffer.from(text, 'latin1');
}

function join(channel: ServerChannel, socket: Socket): void {
  channel.pipe(socket).pipe(channel);
  channel.on('error', () => socket.destroy()).on('close', () => socket.destroy());
  socket.on('error', () => channel.destroy());
}
