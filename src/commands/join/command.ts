import { Command } from 'commander';
import { defined } from '../../defined.ts';
import { everyPhase } from '../../release/every-phase.ts';
import { addTargetOptions } from '../input/targets.ts';
import type { Io } from '../io.ts';
import { list } from '../options/list.ts';
import { addOutputOption } from '../options/output.ts';
import { addPatchesOption } from '../options/patches.ts';
import { unverifiedText } from '../options/unverified.ts';
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
  command
    .argument('[endpoint]', 'host:port of the API server')
    .option('--allow-unverified', unverifiedText)
    .option('--apiserver-advertise-address <ip>', 'address of a new control plane’s API server')
    .option('--apiserver-bind-port <port>', 'port of a new control plane’s API server')
    .option('--certificate-key <key>', 'decrypts the uploaded certificates')
    .option('--config <file>', 'configuration file with a JoinConfiguration')
    .option('--control-plane', 'join as a control plane')
    .option(
      '--control-plane-host <target>',
      'read the administrator’s kubeconfig there and reach the API through it, over SSH',
    )
    .option('--cri-socket <path>', 'socket of the container runtime (default: the one that is there)')
    .option('--discovery-file <file>', 'file or https URL with the cluster’s kubeconfig')
    .option('--discovery-token <token>', 'token that validates what the cluster says of itself')
    .option('--discovery-token-ca-cert-hash <hashes>', 'sha256:HEX of a CA key that the cluster must have', list)
    .option('--discovery-token-unsafe-skip-ca-verification', 'join without pinning the CA')
    .option('--dry-run', 'ask the host, change nothing, show what would be done')
    .option('--ignore-preflight-errors <checks>', 'checks whose errors become warnings; "all" for all of them', list)
    .option('--kubeconfig <file>', 'administrator’s kubeconfig, for --host (default: /etc/kubernetes/admin.conf)')
    .option('--lenient', 'unknown and duplicate fields in the configuration are only warned of')
    .option('--node-name <name>', 'name of the node (default: the hostname)')
    .option('--parallel <n>', 'how many hosts at a time', '32')
    .option('--skip-phases <phases>', 'phases to leave out', list)
    .option('--tls-bootstrap-token <token>', 'token for the TLS bootstrap')
    .option('--token <token>', 'token for both discovery and TLS bootstrap')
    .option('--wait [seconds]', 'wait until the nodes are Ready (default: 300 seconds)');
  addPatchesOption(
    command,
    'directory with patches for the kubelet configuration and a new control plane’s static pods',
  );
  addTargetOptions(command);
  addOutputOption(command);
}
