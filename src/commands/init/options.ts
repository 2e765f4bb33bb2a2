import type { Command } from 'commander';
import type { FlagTable } from '../../config/flag-table.ts';
import { initFlags } from '../../config/init-flags.ts';
import { addTargetOptions } from '../input/targets.ts';
import { addFlags } from '../options/flags.ts';
import { addOutputOption } from '../options/output.ts';

/** Adds the flags of `kinit init` itself: all but those that only single phases have. */
export function addInitOptions(command: Command, table: FlagTable = initFlags): void {
  const rows = Object.entries(table).filter(([, { notWhole }]) => !notWhole);
  add(command, Object.fromEntries(rows));
}

/** Adds the flags that kubeadm's phase takes, and kinit's own: the target's version, where to act, how to tell. */
export function addInitPhaseOptions(command: Command, phase: string, table: FlagTable = initFlags): void {
  const rows = Object.entries(table).filter(
    ([, { phases = '' }]) => phases === '*' || phases.split(' ').includes(phase),
  );
  add(command, Object.fromEntries(rows));
}

function add(command: Command, table: FlagTable): void {
  addFlags(command, table);
  addTargetOptions(command);
  addOutputOption(command);
}
