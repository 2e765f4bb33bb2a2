import type { Duplex } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';
import { collect } from '../byte-stream.ts';
import type { ConnectTarget } from '../host.ts';
import { quote } from '../shell/quote.ts';
import { scriptInput, scriptLine } from '../shell/script-line.ts';
import type { Elevation } from '../shell/sudo.ts';
import { type TcpSettings, timely } from '../tcp.ts';

/**
 * A stream to an address or socket as the server sees it: by forwarding (RFC 4254, 7.2), or, where the server forbids
 * that or does not know it, through a program that relays over a command's standard input and output.
 */
export async function openStream(
  client: Client,
  target: ConnectTarget,
  elevation: Elevation,
  settings: Partial<TcpSettings> = {},
): Promise<Duplex> {
  try {
    return await timely(forward(client, target), settings);
  } catch (error) {
    if (!isForbidden(error as Error)) throw error;
  }
  return timely(relay(client, target, elevation), settings);
}

function forward(client: Client, target: ConnectTarget): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const opened = (error: Error | undefined, channel: ClientChannel): void =>
      error ? reject(describe(error, target)) : resolve(channel);
    if ('path' in target) client.openssh_forwardOutStreamLocal(target.path, opened);
    else client.forwardOut('127.0.0.1', 0, target.host, target.port, opened);
  });
}

/** ssh2's words, with the target and the code that the same failure has on this machine. */
function describe(error: Error, target: ConnectTarget): Error {
  const where = 'path' in target ? target.path : `${target.host} port ${target.port}`;
  const why = error.message.replace('(SSH) Channel open failure: ', '') || 'the server gives no reason';
  const code = /refused/i.test(why) ? { code: 'ECONNREFUSED' } : {};
  return Object.assign(error, { message: `cannot connect to ${where}: ${why}`, ...code });
}

/** RFC 4254, 5.1: administratively prohibited (1) and unknown channel type (3); ssh2's own refusal for other servers. */
function isForbidden(error: Error & { reason?: unknown }): boolean {
  return (
    error.reason === 1 || error.reason === 3 || /prohibited|unknown channel type|strictVendor/i.test(error.message)
  );
}

/** Bytes of a relay's complaints that are kept. */
const mostWords = 64 * 1024;

/** A target that refuses shows as an error of the stream: the relay says nothing before. */
function relay(client: Client, target: ConnectTarget, elevation: Elevation): Promise<Duplex> {
  const [socat, nc, bash] = 'path' in target ? localRelays(target.path) : tcpRelays(target.host, target.port);
  const script = Buffer.from(`
if command -v socat >/dev/null; then exec ${socat}; fi
if command -v nc >/dev/null; then exec ${nc}; fi
${bash}`);
  return new Promise((resolve, reject) => {
    // 0: for as long as it takes.
    client.exec(scriptLine(elevation, '0', script.length), (error, channel) => {
      if (error) return reject(error);
      for (const part of scriptInput(elevation, script)) channel.write(part);
      const said = collect(channel.stderr, mostWords, () => channel.stderr.resume());
      channel.once('exit', (code: number | null) => {
        if (code === 0) return;
        const words = said.soFar().toString('utf8').trim();
        const problem = new Error(words || `the relay ended with exit code ${code}`);
        if (channel.listenerCount('error') > 0) channel.emit('error', problem);
      });
      resolve(channel);
    });
  });
}

/** bash cannot close one direction alone: after the end of our side, the answer has two seconds. */
type Relays = readonly [socat: string, nc: string, bash: string];

function tcpRelays(host: string, port: number): Relays {
  const address = quote(host.includes(':') ? `[${host}]` : host);
  const relayed = `
exec 3<>"/dev/tcp/$1/$2" 4<&0 || exit 1
cat <&3 & reader=$!
{ cat <&4 >&3; sleep 2; kill $reader; } & writer=$!
wait $reader
kill $writer 2>/dev/null; exit 0`;
  return [
    `socat - TCP:${address}:${port}`,
    `nc ${quote(host)} ${port}`,
    `exec bash -c ${quote(relayed)} bash ${quote(host)} ${port}`,
  ];
}

/** bash cannot open a socket of the file system. */
function localRelays(path: string): Relays {
  return [
    `socat - UNIX-CONNECT:${quote(path)}`,
    `nc -U ${quote(path)}`,
    `echo 'forwarding is forbidden, and there is neither socat nor nc' >&2; exit 1`,
  ];
}
