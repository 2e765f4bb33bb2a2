import { userInfo } from 'node:os';

/** Whoever runs kinit. */
export interface OwnUser {
  readonly name: string;
  readonly id: number;
}

let known: OwnUser | undefined;

/** Looked up once: the lookup opens a file, and in a container the user may have no entry. */
export function ownUser(environment: Readonly<Record<string, string | undefined>> = {}): OwnUser {
  known ??= lookedUp(environment);
  return known;
}

function lookedUp(environment: Readonly<Record<string, string | undefined>>): OwnUser {
  try {
    const { username, uid } = userInfo();
    return { name: username, id: uid };
  } catch {
    return { name: environment['USER'] ?? environment['LOGNAME'] ?? 'root', id: -1 };
  }
}
