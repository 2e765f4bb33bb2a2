import type { CommandResult } from '../host/host.ts';

/** Resolves a name as the host's own programs do. */
export function lookup(name: string): readonly string[] {
  return ['getent', 'ahosts', name];
}

/** The addresses that `lookup` of the name has brought, each once; none where it does not resolve. */
export function addressesIn(commands: ReadonlyMap<string, CommandResult>, name: string): readonly string[] {
  const answer = commands.get(lookup(name).join('\0'));
  if (answer?.code !== 0) return [];
  return [...new Set(answer.stdout.split('\n').flatMap((line) => line.split(/\s/)[0] || []))];
}
