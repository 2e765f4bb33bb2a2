import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, checkServerIdentity, type TLSSocket, connect as tlsConnect } from 'node:tls';
import type { Secret } from '../secret.ts';
import { ClosedError, DialError, TimeoutError } from './failure.ts';

/** Opens a stream to an address, as a Host's `connect` does: TLS is laid over it here. */
export type Dial = (target: { readonly host: string; readonly port: number }) => Promise<Duplex>;

/** Whom to expect at the other end, who we are, and the way there. */
export interface ConnectionSettings {
  /** PEM bundle that the server's certificate must chain to; without it, Node's own roots. */
  readonly ca?: string;
  readonly client?: { readonly certificate: string; readonly key: Secret };
  /** Take any certificate: only for discovery, whose answer is verified otherwise. */
  readonly insecure?: boolean;
  /** The name to expect in its certificate, where it is not the one in the server's URL. */
  readonly serverName?: string;
  readonly dial?: Dial;
}

interface Surroundings {
  /** For a dialled stream to open. */
  readonly timeoutMs: number;
  readonly closed: AbortSignal;
  /** Told of a socket whose dialled stream has come to its end. */
  readonly ended: (socket: TLSSocket) => void;
  /** What is spoken over it. */
  readonly protocol: 'http/1.1' | 'h2';
}

type Connected = (error: Error | null, socket?: TLSSocket) => void;

/**
 * What an agent calls for a new connection: a TLS socket, over a dialled stream where there is a way to dial. Once `closed`
 * it makes none: agents ask for one more when they are destroyed under requests that wait.
 */
export function connectionMaker(
  { dial, ...settings }: ConnectionSettings,
  url: URL,
  { timeoutMs, closed, ended, protocol }: Surroundings,
) {
  const target = { host: hostOf(url), port: portOf(url) };
  const expected = settings.serverName ?? target.host;
  const options: ConnectionOptions = {
    ...target,
    // RFC 6066: a name, never an address; without one Node checks the certificate against `host`.
    servername: isIP(expected) ? '' : expected,
    ...(settings.serverName === undefined || !isIP(expected)
      ? {}
      : { checkServerIdentity: (_, certificate) => checkServerIdentity(expected, certificate) }),
    rejectUnauthorized: settings.insecure !== true,
    ALPNProtocols: [protocol],
    // As Go has it: what is trusted ends the chain, be it a root or not.
    ...(settings.ca === undefined ? {} : { ca: settings.ca, allowPartialTrustChain: true }),
    ...(settings.client === undefined ? {} : { cert: settings.client.certificate, key: settings.client.key.reveal() }),
  };
  return (_: unknown, connected: Connected): TLSSocket | undefined => {
    if (closed.aborted) {
      connected(new ClosedError());
      return undefined;
    }
    if (!dial) return tlsConnect(options);
    withinTime(dial(target), timeoutMs, closed)
      .catch((error: unknown) => Promise.reject(isOwn(error) ? error : new DialError(error)))
      // A CA or key that is none is noticed here.
      .then((stream) => {
        const socket = secured(stream, options);
        for (const event of ['end', 'close']) stream.once(event, () => ended(socket));
        return socket;
      })
      .then(
        (socket) => connected(null, socket),
        (error: Error) => connected(error),
      );
    return undefined;
  };
}

function secured(socket: Duplex, options: ConnectionOptions): TLSSocket {
  try {
    return tlsConnect({ ...options, socket });
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function isOwn(error: unknown): error is TimeoutError | ClosedError {
  return error instanceof TimeoutError || error instanceof ClosedError;
}

/** The stream, unless the time is over or the client closed first: one that arrives after that is closed again. */
function withinTime(dialled: Promise<Duplex>, timeoutMs: number, closed: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const giveUp = (error: Error) => {
      settle();
      reject(error);
      dialled.then((late) => late.destroy()).catch(() => undefined);
    };
    const timer = setTimeout(() => giveUp(new TimeoutError(timeoutMs)), timeoutMs);
    const close = () => giveUp(new ClosedError());
    const settle = () => {
      clearTimeout(timer);
      closed.removeEventListener('abort', close);
    };
    closed.addEventListener('abort', close, { once: true });
    dialled.then(resolve, reject).finally(settle);
  });
}

/** The host of a URL, an IPv6 address without its brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

/** The port of a URL; https's own where it names none. */
export function portOf(url: URL): number {
  return Number(url.port) || 443;
}
