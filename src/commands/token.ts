import { Command } from 'commander';
import type { Io } from './io.ts';

/** The `kinit token` command tree. */
export function tokenCommand(_io: Io, _exit: (code: number) => void): Command {
  return new Command('token');
}
