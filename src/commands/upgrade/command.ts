import { Command } from 'commander';
import type { FlagTable } from '../../config/flag-table.ts';
import { sharedFlags } from '../../config/shared-flags.ts';
import { type UpgradeCommand, upgradeFlags } from '../../config/upgrade.ts';
import { defined } from '../../defined.ts';
import { everyPhase } from '../../release/every-phase.ts';
import { adminConf, kubeletConf } from '../../release/paths.ts';
import { addTargetOptions } from '../input/targets.ts';
import type { Io } from '../io.ts';
import { addFlags } from '../options/flags.ts';
import { addOutputOption } from '../options/output.ts';
import { phaseCommand } from '../phase-tree.ts';
import { addClusterUpgrade } from './cluster-command.ts';
import type { UpgradeCommandFlags } from './flags.ts';
import { rollbackCommand } from './rollback-command.ts';

/** `kinit upgrade plan | diff | apply | node` on one machine, by kubeadm's names. */
export function upgradeCommand(io: Io, exit: (code: number) => void): Command {
  const command = new Command('upgrade').description(
    'Bring the whole cluster of a file to another version, through as many minors as lie between: control planes one at a time, then nodes drained, upgraded and given back. Safe to kill and to run again. `rollback` takes the last version back. The other commands are kubeadm’s, for one node: this machine’s or, with --host, another one’s.',
  );
  addClusterUpgrade(command, io, exit);
  command.addCommand(rollbackCommand(io, exit));
  command.addCommand(subcommand('plan', io, exit));
  command.addCommand(subcommand('diff', io, exit));
  command.addCommand(phased('apply', subcommand('apply', io, exit), io, exit));
  return command.addCommand(phased('node', subcommand('node', io, exit), io, exit));
}

const descriptions: Readonly<Record<UpgradeCommand, string>> = {
  plan: 'Show the versions that the cluster can go to, and what would change',
  diff: 'Show what an upgrade would change in the manifests of static pods',
  apply: 'Upgrade the first control plane, and what the cluster keeps of itself, to a version',
  node: 'Upgrade this node to what the first control plane has brought to the cluster',
};

/** Which of the flags a command takes. */
const flagsOf: Readonly<Record<UpgradeCommand, readonly (keyof typeof upgradeFlags)[]>> = {
  plan: [
    'version',
    'allow-experimental-upgrades',
    'allow-release-candidate-upgrades',
    'etcd-upgrade',
    'ignore-preflight-errors',
    'print-config',
  ],
  diff: ['version', 'context-lines'],
  apply: [
    'version',
    'allow-experimental-upgrades',
    'allow-release-candidate-upgrades',
    'certificate-renewal',
    'dry-run',
    'etcd-upgrade',
    'force',
    'ignore-preflight-errors',
    'patches',
    'print-config',
    'skip-phases',
  ],
  node: ['certificate-renewal', 'dry-run', 'etcd-upgrade', 'ignore-preflight-errors', 'patches', 'skip-phases'],
};

function subcommand(name: UpgradeCommand, io: Io, exit: (code: number) => void): Command {
  const command = new Command(name).description(descriptions[name]);
  addOptions(command, name);
  return command.action(async (...parts: readonly unknown[]) => run(name, parts.at(-1) as Command, io, exit));
}

function phased(name: 'apply' | 'node', command: Command, io: Io, exit: (code: number) => void): Command {
  const tree = everyPhase(name === 'apply' ? 'upgradeApply' : 'upgradeNode');
  return command.addCommand(
    phaseCommand({
      verb: `upgrade ${name}`,
      tree,
      titles,
      addOptions: (phase) => addOptions(phase, name),
      run: (only, self) => run(name, self, io, exit, only),
    }),
  );
}

const titles: ReadonlyMap<string, string> = new Map([
  ['preflight', 'checks of the host and of the cluster, and the images'],
  ['control-plane', 'static pods, etcd first'],
  ['upload-config', 'what the cluster keeps of its configuration'],
  ['kubeconfig', 'kubeconfigs of this node'],
  ['kubelet-config', 'the files of this node’s kubelet'],
  ['bootstrap-token', 'rights of joining nodes'],
  ['addon', 'CoreDNS and kube-proxy'],
  ['post-upgrade', 'what a release has to mend'],
]);

function addOptions(command: Command, name: UpgradeCommand): void {
  const own: FlagTable = Object.fromEntries(flagsOf[name].map((flag) => [flag, upgradeFlags[flag]]));
  addFlags(command, {
    ...own,
    config: { value: '<file>', help: 'file with an UpgradeConfiguration' },
    kubeconfig: {
      value: '<file>',
      help: `kubeconfig on the host to ask the cluster with (default: ${adminConf}${name === 'node' ? `, on a worker ${kubeletConf}` : ''})`,
    },
    lenient: sharedFlags.lenient,
    ...(name === 'apply' ? { yes: { short: '-y', help: 'do not ask whether to go on' } } : {}),
  });
  addTargetOptions(command);
  addOutputOption(command);
}

async function run(
  name: UpgradeCommand,
  self: Command,
  io: Io,
  exit: (code: number) => void,
  only?: string,
): Promise<void> {
  const { runUpgrade } = await import('./run.ts');
  const [version] = self.args;
  const flags: UpgradeCommandFlags = { ...self.opts(), ...defined({ version }) };
  return runUpgrade(name, flags, io, exit, only);
}
