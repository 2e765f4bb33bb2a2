import { Command } from 'commander';
import type { Io } from './io.ts';

/** The `kinit certs` command tree. */
export function certsCommand(_io: Io, _exit: (code: number) => void): Command {
  return new Command('certs');
}
