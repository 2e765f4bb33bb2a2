import { Command } from 'commander';
import { everyPhase } from '../../release/every-phase.ts';
import type { Io } from '../io.ts';
import { phaseCommand } from '../phase-tree.ts';
import type { InitCommandFlags } from './on-host.ts';
import { addInitOptions, addInitPhaseOptions } from './options.ts';
import { runInit } from './run.ts';

/** `kinit init` and `kinit init phase NAME`. */
export function initCommand(io: Io): Command {
  const command = new Command('init')
    .summary('Bring up a control plane on this machine or, with --host, over SSH')
    .description(
      'Bring up a control plane: preflight checks, certificates, kubeconfigs, static pods, the kubelet, addons. Safe to kill and to run again.',
    )
    .usage('[flags]');
  addInitOptions(command);
  command.action(async (_, self: Command) => runInit(self.opts<InitCommandFlags>(), io));
  return command.addCommand(
    phaseCommand({
      verb: 'init',
      tree: [...everyPhase('init'), { name: 'network' }],
      titles,
      addOptions: (phase, name) => addInitPhaseOptions(phase, name),
      run: (only, self) => runInit(self.opts<InitCommandFlags>(), io, only),
    }),
  );
}

const titles: ReadonlyMap<string, string> = new Map([
  ['preflight', 'checks of the host, and images pulled'],
  ['certs', 'certificates and keys'],
  ['kubeconfig', 'kubeconfigs of the administrator and the components'],
  ['etcd', 'static pod of the local etcd'],
  ['control-plane', 'static pods of the control plane'],
  ['kubelet-start', 'files of the kubelet, and the kubelet started'],
  ['wait-control-plane', 'wait until the control plane is healthy'],
  ['upload-config', 'store the configuration in the cluster'],
  ['upload-certs', 'store the shared certificates, encrypted, in the cluster'],
  ['mark-control-plane', 'label and taint the node'],
  ['bootstrap-token', 'tokens for joining, cluster-info, and the rights of joining nodes'],
  ['kubelet-finalize', 'the kubelet rotates its client certificate'],
  ['addon', 'CoreDNS and kube-proxy'],
  ['show-join-command', 'print the join commands'],
  ['network', 'the pod network (kinit’s own)'],
]);
