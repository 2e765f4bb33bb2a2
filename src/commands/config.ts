import { Command } from 'commander';
import type { Io } from './io.ts';

/** The `kinit config` command tree. */
export function configCommand(_io: Io, _exit: (code: number) => void): Command {
  return new Command('config');
}
