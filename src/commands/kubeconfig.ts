import { Command } from 'commander';
import type { Io } from './io.ts';

/** The `kinit kubeconfig` command tree. */
export function kubeconfigCommand(_io: Io, _exit: (code: number) => void): Command {
  return new Command('kubeconfig');
}
