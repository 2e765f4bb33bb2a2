import { KinitError } from '../../errors.ts';
import { firstOf, oneLine } from '../../printable.ts';
import type { SshEndpoint } from './endpoint.ts';
import type { Login } from './login.ts';

/** Why a machine could not be dialled, as a sentence with what to do. */
export function dialFailure(error: unknown, endpoint: SshEndpoint): KinitError {
  if (error instanceof KinitError) return error;
  const { code = '', message } = error as { code?: string; message: string };
  const via = endpoint.jump ? ` through ${endpoint.jump.name}` : '';
  const found =
    causes.find(({ code: codes }) => codes.includes(code)) ?? causes.find(({ text }) => text?.test(message));
  const says = found ? `${found.says(endpoint)}${via}` : `the SSH connection${via} failed: ${message}`;
  const behind = `check what answers at ${endpoint.address} port ${endpoint.port}`;
  const elsewhere = endpoint.jump ? `${behind} from ${endpoint.jump.name}` : behind;
  return new KinitError(says, { host: endpoint.name, cause: error, hint: found?.hint(endpoint) ?? elsewhere });
}

/** The server went away without an answer to the login, or before it came to that. */
export function closedByServer(
  endpoint: SshEndpoint,
  heard: { readonly handshake: boolean; readonly banner: string },
): KinitError {
  if (!heard.handshake) return dialFailure(new Error('Connection lost before handshake'), endpoint);
  const { name: host, user } = endpoint;
  const words = oneLine(heard.banner.slice(0, 300)).trim();
  return new KinitError(`the server closes the connection at the login as ${user}${words && `, it says: ${words}`}`, {
    host,
    hint: `look at the account on the host (chage -l ${user}) and at what its sshd says (journalctl -u sshd)`,
  });
}

/** No method of the login was taken. */
export function loginFailure(
  endpoint: SshEndpoint,
  tried: readonly string[],
  offered: readonly string[],
  { locked, notTried, certificates }: Pick<Login, 'locked' | 'notTried' | 'certificates'>,
): KinitError {
  const attempts = tried.length > 0 ? `tried ${tried.join(', ')}` : 'there was no key, agent or password to try';
  const takes = offered.length > 0 ? `; it takes ${firstOf(offered.map(oneLine), 8)}` : '';
  const skipped = locked.length > 0 ? `; ${locked.join(', ')} wants a passphrase` : '';
  const refused = notTried.map(({ key, why }) => `; the key ${key} was not tried: ${why}`).join('');
  const shown = certificates.length > 0 ? `; kinit cannot log in with a certificate: ${certificates.join(', ')}` : '';
  const hint =
    certificates.length > 0
      ? `let the host take the key itself (~${endpoint.user}/.ssh/authorized_keys), or give another key with -i`
      : (notTried[0]?.hint ??
        `give the right key with -i, add it to the agent, or check it with: ssh ${sshFlags(endpoint)}`);
  return new KinitError(`login as ${endpoint.user} refused: ${attempts}${takes}${skipped}${refused}${shown}`, {
    host: endpoint.name,
    hint,
  });
}

interface Cause {
  readonly code: readonly string[];
  readonly text?: RegExp;
  readonly says: (endpoint: SshEndpoint) => string;
  readonly hint: (endpoint: SshEndpoint) => string;
}

const causes: readonly Cause[] = [
  {
    code: ['ENOTFOUND', 'EAI_AGAIN', 'EAI_NONAME'],
    text: /name or service not known|could not resolve/i,
    says: ({ address }) => `the name ${address} does not resolve`,
    hint: () => 'check the name, or give the address',
  },
  {
    code: ['ECONNREFUSED'],
    text: /connection refused/i,
    says: ({ port }) => `nothing listens on port ${port}`,
    hint: () => 'start sshd on the host (systemctl enable --now sshd), or give its port with --ssh-port',
  },
  {
    code: ['EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL'],
    text: /no route to host|unreachable/i,
    says: ({ address }) => `there is no route to ${address}`,
    hint: () => 'check the address, the network and the firewall of the host',
  },
  {
    code: ['ETIMEDOUT'],
    text: /timed out/i,
    says: ({ address, port }) => `no answer from ${address} port ${port}`,
    hint: () => 'check that the host is up and that no firewall drops the connection',
  },
  {
    code: ['ECONNRESET', 'EPIPE'],
    text: /connection lost before handshake|no response from server/i,
    says: () => 'the server closed the connection before the login',
    hint: ({ port }) =>
      `check that sshd answers on port ${port} and does not refuse this address (MaxStartups, TCP wrappers)`,
  },
  {
    code: [],
    text: /administratively prohibited/i,
    says: () => 'TCP forwarding is forbidden',
    hint: ({ jump }) => `allow it on ${jump?.name ?? 'the host'} (AllowTcpForwarding yes in sshd_config)`,
  },
  {
    code: ['EMFILE', 'ENFILE'],
    text: /too many open files/i,
    says: () => 'this machine has no file descriptor left for the connection',
    hint: () => 'raise the limit of open files (ulimit -n), or act on fewer hosts at once',
  },
  {
    code: [],
    text: /no matching host key/i,
    says: () => 'the server has no host key algorithm that is allowed',
    hint: ({ address }) =>
      `where its sshd is so old that it signs with SHA-1 alone, allow that for it in ~/.ssh/config: Host ${address}, HostKeyAlgorithms +ssh-rsa`,
  },
  {
    code: [],
    text: /no matching/i,
    says: () => 'kinit and the server have no algorithm in common',
    hint: () => 'see what the server offers with: ssh -v',
  },
];

function sshFlags({ user, address, port, jump }: SshEndpoint): string {
  return [...(port === 22 ? [] : [`-p ${port}`]), ...(jump ? [`-J ${jump.name}`] : []), `${user}@${address}`].join(' ');
}
