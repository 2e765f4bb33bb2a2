import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What tells one host from another. */
export interface Identity {
  readonly name: string;
  readonly address: string;
  /** Folder with the host's SSH keys. */
  readonly sshKeys: string;
  /** Content of authorized_keys, for root and ops. */
  readonly authorizedKeys: string;
  readonly sudo: 'free' | 'password';
  /** CentOS: where the distribution's repository is. */
  readonly mirror?: string;
}

const ops = 1000;

/** Writes the host's names, keys and users' access under the root; the machine-id is another each time. */
export function writeIdentity(root: string, identity: Identity): void {
  const { name, address, sshKeys, authorizedKeys, sudo, mirror } = identity;
  put(root, '/etc/hostname', `${name}\n`, 0o644);
  put(root, '/etc/hosts', mirror === undefined ? `127.0.0.1 localhost\n${address} ${name}\n` : centosHosts, 0o644);
  if (mirror !== undefined) put(root, '/etc/dnf/vars/mirror', `${mirror}\n`, 0o644);
  put(root, '/etc/machine-id', `${randomBytes(16).toString('hex')}\n`, 0o444);
  put(root, '/etc/sudoers.d/ops', `ops ALL=(ALL) ${sudo === 'password' ? '' : 'NOPASSWD: '}ALL\n`, 0o440);
  mkdirSync(join(root, 'etc/ssh'), { recursive: true });
  for (const key of readdirSync(sshKeys)) {
    copyFileSync(join(sshKeys, key), join(root, 'etc/ssh', key));
    chmodSync(join(root, 'etc/ssh', key), key.endsWith('.pub') ? 0o644 : 0o600);
  }
  authorize(root, '/root', 0, authorizedKeys);
  authorize(root, '/home/ops', ops, authorizedKeys);
}

/** As CentOS installs it: the host's own name is answered by nss-myhostname. */
const centosHosts = `127.0.0.1   localhost localhost.localdomain localhost4 localhost4.localdomain4
::1         localhost localhost.localdomain localhost6 localhost6.localdomain6
`;

function put(root: string, path: string, content: string, mode: number): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content, { mode });
}

function authorize(root: string, home: string, user: number, keys: string): void {
  mkdirSync(join(root, home, '.ssh'), { recursive: true });
  put(root, `${home}/.ssh/authorized_keys`, keys, 0o600);
  for (const path of [home, `${home}/.ssh`, `${home}/.ssh/authorized_keys`]) chownSync(join(root, path), user, user);
  for (const path of [home, `${home}/.ssh`]) chmodSync(join(root, path), 0o700);
}
