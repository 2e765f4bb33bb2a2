import { Command } from 'commander';
import { joinFlags } from '../../config/join-flags.ts';
import { defined } from '../../defined.ts';
import { everyPhase } from '../../release/every-phase.ts';
import { addTargetOptions } from '../input/targets.ts';
import type { Io } from '../io.ts';
import { addFlags } from '../options/flags.ts';
import { addOutputOption } from '../options/output.ts';
import { phaseCommand } from '../phase-tree.ts';
import { runJoin } from './run.ts';

/** `kinit join`: this machine, or many over SSH. */
export function joinCommand(io: Io, exit: (code: number) => void): Command {
  const command = new Command('join').description(
    'Join nodes to a cluster: this machine with a token, or many at once over SSH with --host, where an administrator’s kubeconfig is at hand.',
  );
  addJoinOptions(command);
  const run = (self: Command, only?: string) => {
    const [endpoint] = self.args;
    return runJoin({ ...self.opts(), ...defined({ endpoint }) }, io, exit, only);
  };
  command.action(async (_endpoint: unknown, _: unknown, self: Command) => run(self));
  return command.addCommand(
    phaseCommand({
      verb: 'join',
      tree: everyPhase('join'),
      titles,
      addOptions: addJoinOptions,
      run: (only, self) => run(self, only),
    }),
  );
}

const titles: ReadonlyMap<string, string> = new Map([
  ['preflight', 'checks of the host'],
  ['control-plane-prepare', 'what a further control plane needs before its kubelet starts'],
  ['check-etcd', 'whether the etcd cluster is healthy'],
  ['kubelet-start', 'files of the kubelet, credentials for its TLS bootstrap, and the kubelet started'],
  ['etcd-join', 'a further member of etcd'],
  ['kubelet-wait-bootstrap', 'wait until the kubelet has its own certificate'],
  ['control-plane-join', 'what makes a node a control plane'],
  ['wait-control-plane', 'wait until the control plane is healthy'],
]);

function addJoinOptions(command: Command): void {
  addFlags(command, joinFlags);
  addTargetOptions(command);
  addOutputOption(command);
}
