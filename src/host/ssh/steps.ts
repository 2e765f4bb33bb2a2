import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import { KinitError } from '../../errors.ts';
import type { SshEndpoint } from './endpoint.ts';

/** The deadlines of one handshake, step by step. */
export interface Steps {
  /** Starts the time of a step anew. */
  readonly begin: (step: Step) => void;
  /** Rejects with a KinitError when the time of a step is over, or its user has to do something first. */
  readonly failed: Promise<never>;
  /** It is through, one way or the other. */
  readonly done: () => void;
}

type Step = keyof typeof steps;

/** Milliseconds, and what is said when they are over. Generous, since a hundred hosts share our processor. */
const steps = {
  banner: {
    limit: ({ connectTimeout }: SshEndpoint) => connectTimeout,
    says: ({ port }: SshEndpoint) => `port ${port} takes the connection and says nothing`,
    hint: 'check that it is sshd that listens there, and that it is not overloaded (MaxStartups)',
  },
  exchange: {
    limit: () => 30_000,
    says: () => 'the server does not finish the key exchange',
    hint: 'check the load of the host, and the MTU on the way to it: large packets may be lost',
  },
  login: {
    limit: () => 30_000,
    says: ({ user }: SshEndpoint) => `the server does not answer the login as ${user}`,
    hint: 'look at what its sshd waits for (PAM, a directory service): journalctl -u sshd',
  },
} as const;

/** Watches over a handshake on this socket from its first byte on; the signal ends it with its reason. */
export function boundSteps(sock: Duplex, client: Client, endpoint: SshEndpoint, signal: AbortSignal): Steps {
  let timer: NodeJS.Timeout | undefined;
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => undefined);
  const begin = (name: Step): void => {
    const { says, hint } = steps[name];
    const limit = steps[name].limit(endpoint);
    clearTimeout(timer);
    timer = setTimeout(
      () => fail(new KinitError(`${says(endpoint)} within ${limit / 1000} s`, { host: endpoint.name, hint })),
      limit,
    );
  };
  const abandon = (): void => fail(signal.reason);
  if (signal.aborted) abandon();
  signal.addEventListener('abort', abandon, { once: true });
  begin('banner');
  sock.once('data', () => begin('exchange'));
  client.once('handshake', () => begin('login'));
  client.once('change password', () =>
    fail(
      new KinitError(`the password of ${endpoint.user} has expired`, {
        host: endpoint.name,
        hint: 'log in by hand and set a new one, then run this again with it',
      }),
    ),
  );
  return { begin, failed, done: () => clearTimeout(timer) };
}
