import { Command } from 'commander';
import { resetFlags } from '../../config/reset-flags.ts';
import { everyPhase } from '../../release/every-phase.ts';
import { addTargetOptions } from '../input/targets.ts';
import type { Io } from '../io.ts';
import { addFlags } from '../options/flags.ts';
import { addOutputOption } from '../options/output.ts';
import { phaseCommand } from '../phase-tree.ts';
import { type ResetCommandFlags, runReset } from './run.ts';

/** `kinit reset` and `kinit reset phase NAME`. */
export function resetCommand(io: Io, exit: (code: number) => void): Command {
  const command = new Command('reset')
    .description(
      'Take Kubernetes off this machine or, with --host, off others: what init and join made, what kube-proxy and the pod network left, and nothing else. Safe to kill and to run again.',
    )
    .usage('[flags]');
  addResetOptions(command);
  command.action(async (_: unknown, self: Command) => runReset(self.opts<ResetCommandFlags>(), io, exit));
  return command.addCommand(
    phaseCommand({
      verb: 'reset',
      tree: [...everyPhase('reset'), { name: 'cleanup-network' }, { name: 'undo-preparation' }],
      titles,
      addOptions: addResetOptions,
      run: (only, self) => runReset(self.opts<ResetCommandFlags>(), io, exit, only),
    }),
  );
}

const titles: ReadonlyMap<string, string> = new Map([
  ['preflight', 'ask, and check for root'],
  ['update-cluster-status', 'leave the ClusterStatus (up to v1.21)'],
  ['remove-etcd-member', 'leave the etcd cluster, delete its data'],
  ['cleanup-node', 'stop the kubelet, remove pods, mounts and files'],
  ['cleanup-network', 'remove what kube-proxy and the pod network left (kinit’s own)'],
  ['undo-preparation', 'undo what preparing the host changed (kinit’s own)'],
]);

function addResetOptions(command: Command): void {
  addFlags(command, resetFlags);
  addTargetOptions(command);
  addOutputOption(command);
}
