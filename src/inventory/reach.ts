import { defined } from '../defined.ts';
import { InputError } from '../errors.ts';
import type { SshSettings } from '../host/ssh/endpoint.ts';
import type { SshTarget } from '../host/targets.ts';
import type { Secret } from '../secret.ts';
import type { Inventory, InventoryHost } from './types.ts';

/** Reads a password from a file on the machine that runs kinit. */
export type ReadPassword = (file: string, place: string) => Promise<Secret>;

/** A host as SSH reaches it. Throws what `read` throws. */
export async function targetOf({ name, address, ssh }: InventoryHost, read: ReadPassword): Promise<SshTarget> {
  const { user, port, identityFiles, bastion, fingerprints } = ssh;
  return {
    name,
    address: ssh.address ?? address,
    ...defined({ user, port, identityFiles, bastion, fingerprints }),
    ...(await passwords(ssh, `hosts ${name}`, read)),
  };
}

/** What the inventory says of SSH for all hosts, over what this machine has. Throws what `read` throws. */
export async function sshSettingsOf(
  { ssh }: Inventory,
  read: ReadPassword,
): Promise<Omit<SshSettings, 'home' | 'environment' | 'ask'>> {
  const { user, port, identityFiles, bastion, knownHosts: knownHostsFiles, acceptNewHostKeys, sudo, agent } = ssh;
  return {
    ...defined({ user, port, identityFiles, bastion, knownHostsFiles }),
    ...(acceptNewHostKeys ? { acceptNewHostKeys } : {}),
    ...(sudo ? {} : { sudo }),
    ...(agent ? {} : { agent }),
    ...(await passwords(ssh, 'ssh', read)),
  };
}

/** The hosts that were named (by name or address), or all. Throws InputError for a name that is none. */
export function chosenHosts(
  { hosts }: Inventory,
  names: readonly string[] | undefined,
  place = '--host',
): readonly InventoryHost[] {
  if (names === undefined) return hosts;
  const wanted = names.flatMap((text) => text.split(',')).map((text) => text.trim());
  const is = ({ name, address, ssh }: InventoryHost, text: string) => [name, address, ssh.address].includes(text);
  const strangers = wanted.filter((text) => !hosts.some((host) => is(host, text)));
  if (strangers.length > 0) {
    throw new InputError(
      strangers.map((text) => ({ place, message: `'${text}' is no host of the inventory` })),
      `its hosts are ${hosts.map(({ name }) => name).join(', ')}`,
    );
  }
  return hosts.filter((host) => wanted.some((text) => is(host, text)));
}

async function passwords(
  {
    passwordFile,
    sudoPasswordFile,
  }: { readonly passwordFile?: string | undefined; readonly sudoPasswordFile?: string | undefined },
  place: string,
  read: ReadPassword,
): Promise<Pick<SshSettings, 'password' | 'sudoPassword'>> {
  const [password, sudoPassword] = await Promise.all([
    passwordFile === undefined ? undefined : read(passwordFile, `${place}.passwordFile`),
    sudoPasswordFile === undefined ? undefined : read(sudoPasswordFile, `${place}.sudoPasswordFile`),
  ]);
  return defined({ password, sudoPassword });
}
