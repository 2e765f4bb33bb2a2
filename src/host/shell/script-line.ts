import type { Elevation } from './sudo.ts';

/** What a script's shell reads first where sudo has to take a password before: proof that it was taken. */
const taken = 'kinit-script';

/** The exit code where sudo left the password unread: nothing of what was sent has been run. */
export const passwordLeft = 97;

/**
 * A command line whose shell takes as many bytes of its input for its script, and leaves the rest to it. Every login
 * shell reads it alike (those of POSIX, csh, fish, restricted ones): one line, one pair of single quotes, no `!`, no
 * builtin of the login shell's. Where a password goes before the script, nothing is run unless sudo has taken it.
 */
export function scriptLine({ command, password }: Elevation, bound: string, size: number): string {
  const script = `eval "$(head -c ${size})"`;
  const guarded = `IFS= read -r first; if [ "$first" = ${taken} ]; then ${script}; else exit ${passwordLeft}; fi`;
  return `${command}timeout ${bound} sh -c '${password ? guarded : script}'`;
}

/** What goes to the standard input of that command line, before what the script itself reads. */
export function* scriptInput({ password }: Elevation, script: Buffer): Generator<Buffer> {
  if (password) yield Buffer.from(`${password.reveal()}\n${taken}\n`);
  yield script;
}
