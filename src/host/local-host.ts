import { userInfo } from 'node:os';
import type { Secret } from '../secret.ts';
import type { Host } from './host.ts';
import { localTransport } from './local.ts';
import { shellHost } from './shell/shell-host.ts';
import { callerRights, findElevation } from './shell/sudo.ts';

/** This machine, with the caller's own rights. */
export function localHost(): Host {
  return shellHost(localTransport(), { name, local: true, elevation: callerRights });
}

/** This machine as root: through sudo when the caller is not, which root need not ask a shell. Throws KinitError where sudo refuses. */
export async function localRootHost(sudoPassword?: () => Promise<Secret | undefined>): Promise<Host> {
  if (userInfo().uid === 0) return localHost();
  const transport = localTransport();
  const password = sudoPassword ? { password: sudoPassword } : {};
  return shellHost(transport, {
    name,
    local: true,
    elevation: await findElevation(transport, { host: name, ...password }),
  });
}

const name = 'localhost';
